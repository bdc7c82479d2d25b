/** What the documents tell people to type is a command with these flags. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const commands: Record<string, { flags: Record<string, { allowNo?: boolean }> }> = JSON.parse(
  read('oclif.manifest.json'),
).commands;
const topics = new Set(Object.keys(commands).map((id) => id.split(':')[0]!));

/** What follows `entangle` up to the end of the line, the code or the pipe; `\` goes on in the next line. */
const callsIn = (text: string): string[] =>
  [...text.replaceAll(/\s*\\\n\s*/g, ' ').matchAll(/(?<=^|[`\s])entangle ([a-z][^`#|>&\n]*)/gm)]
    .map((match) => match[1]!.trim())
    .filter((call) => topics.has(call.split(' ')[0]!));
/** Why nobody can type that, or null. A topic alone is asked for `--help`, or goes on in the next line of a paragraph. */
const wrongOf = (call: string): string | null => {
  const words = call.split(/\s+/);
  const id = [4, 3, 2, 1].map((n) => words.slice(0, n).join(':')).find((one) => one in commands);
  const isTopic = Object.keys(commands).some((one) => one.startsWith(`${words.join(':')}:`));
  if (isTopic) return null;
  if (id === undefined) return `no such command: ${call}`;
  const { flags } = commands[id]!;
  const unknown = [...call.matchAll(/(?:^|\s)--(no-)?([a-z][a-z-]*)/g)].find(
    ([, no, name]) => !(name! in flags || `${no ?? ''}${name}` in flags) && name !== 'help',
  );
  return unknown ? `no such flag: ${call}` : null;
};

test.each([
  'README.md',
  'docs/ci.md',
  'docs/guide.md',
  'docs/operators.md',
  'docs/security.md',
  'docs/threats.md',
  'docs/verify.md',
])('%s names commands', (path) => {
  const calls = callsIn(read(path));
  expect(calls.map(wrongOf).filter((wrong) => wrong !== null)).toEqual([]);
});

test('calls are found, and wrong ones seen', () => {
  expect(callsIn(read('README.md')).length).toBeGreaterThan(15);
  const text =
    '`entangle host sing` and\nentangle user ask a \\\n  --loud | cat\n`entangle host` is entangle.';
  expect(callsIn(text).map(wrongOf)).toEqual([
    'no such command: host sing',
    'no such flag: user ask a --loud',
    null,
  ]);
});
