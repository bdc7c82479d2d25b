/** What is offered for a value is a row beside it: a word of the usage without one is named here. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ARGUMENT_VALUES, FLAG_VALUES } from '../src/cli/completion/kinds.ts';
import type { KnownCommands } from '../src/cli/completion/line.ts';
import { COMPLETED_VALUES } from '../src/core/command-words.ts';

const manifest = readFileSync(join(resolve(import.meta.dirname, '..'), 'oclif.manifest.json'), 'utf8');
const commands = Object.values(JSON.parse(manifest).commands as KnownCommands);
/** Those of few words are completed by these. */
const args = commands.flatMap((one) => Object.entries(one.args)).filter(([, { options }]) => !options);
const flags = commands
  .flatMap((one) => Object.entries(one.flags))
  .filter(([, { type, options }]) => type === 'option' && !options);

test('every argument that takes more than a few words has a row, and every row an argument', () => {
  expect(Object.keys(ARGUMENT_VALUES).sort()).toEqual([...new Set(args.map(([name]) => name))].sort());
});

test('every word for the value of a flag has a row, and every row a flag', () => {
  const rows = flags.map(([name, { helpValue = '' }]) => {
    const own = `--${name}=${helpValue}`;
    return own in FLAG_VALUES ? own : helpValue;
  });
  expect(Object.keys(FLAG_VALUES).sort()).toEqual([...new Set(rows)].sort());
});

test('what a description calls an id, a node, a runner, an operator or a revision is completed', () => {
  const isNamed = (text = '') =>
    /\bid\b|^(?:name of the )?(?:agent )?(?:node|runner|operator)\b|^revision/.test(text);
  const bare = commands.flatMap((one) =>
    Object.entries(one.args as Record<string, { description?: string }>)
      .filter(
        ([name, { description }]) =>
          isNamed(description) &&
          !description?.includes('never used before') &&
          !ARGUMENT_VALUES[name]?.length,
      )
      .map(([name]) => name),
  );
  expect(bare).toEqual([]);
});

test('each kind of value is offered somewhere', () => {
  const used = new Set([...Object.values(ARGUMENT_VALUES), ...Object.values(FLAG_VALUES)].flat());
  expect([...used].sort()).toEqual([...COMPLETED_VALUES].sort());
});

test('nothing is offered for what a person compares or signs', () => {
  expect([FLAG_VALUES.WORDS, FLAG_VALUES.DIGEST]).toEqual([[], []]);
});
