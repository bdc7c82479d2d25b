/**
 * 43 hostile strings against everything that this program writes of others' texts. Of each surface: no control character
 * but newline and tab, nothing that hides, no line that begins as others want, frames of their size, and what was hidden
 * is visible.
 */
import { globSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { Config } from '@oclif/core/config';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { sanitizeDeep } from '../src/cli/kit/report.ts';
import { safeJson } from '../src/core/encoding/sanitize.ts';
import { captured } from './support/captured.ts';
import { VALUES } from './support/command-surfaces.ts';
import { bytesOf, FRAME_SURFACES, LINE_SURFACES } from './support/frame-surfaces.ts';
import { FAKED, forbiddenIn, HOSTILE, notShownIn } from './support/hostile-texts.ts';
import { MACHINE_SURFACES, TEXT_SURFACES } from './support/text-surfaces.ts';

const root = resolve(import.meta.dirname, '..');
const HARMLESS = 'harmless';

/** A refusal that says so in words, and shows none of the text. */
const IN_WORDS = /half a character|keys must be plain text|control or non-ASCII characters/;
const isHarmless = (bytes: string, text: string) => ({
  forbidden: forbiddenIn(bytes),
  isCrowded: /\p{Mark}{9}/u.test(bytes),
  // Lines of which others chose the beginning
  faked: bytes.split('\n').filter((line) => line.startsWith(FAKED)),
  notShown: IN_WORDS.test(bytes) ? [] : notShownIn(bytes, text),
});
const FINE = { forbidden: [], isCrowded: false, faked: [], notShown: [] };
const fine = JSON.stringify(FINE);
/** Collected, and looked at once: a look at each of thousands costs more than they. */
const wrongIn = (name: string, bytes: string, text: string): unknown[] => {
  const found = isHarmless(bytes, text);
  return JSON.stringify(found) === fine ? [] : [{ name, ...found }];
};

test('there are 43 of them, each of its own', () => {
  expect(new Set(HOSTILE.map(([, text]) => text)).size).toBe(43);
});

test.each(Object.entries(VALUES))('%s', async (id, valuesOf) => {
  const { default: Found } = await import(join(root, `src/commands/${id}.ts`));
  const command = Object.assign(new Found([], new Config({ root })), { home: { root } });
  const print = (value: unknown): string =>
    captured(() => {
      const text: string | Iterable<string> = command.render(sanitizeDeep(value));
      return typeof text === 'string' ? text : [...text].join('');
    });
  for (const value of valuesOf(HARMLESS)) expect(print(value)).toContain(HARMLESS);
  const wrong: unknown[] = [];
  for (const [name, text] of HOSTILE)
    for (const value of valuesOf(text)) {
      wrong.push(...wrongIn(name, print(value), text));
      const json = safeJson(value, 2);
      const forbidden = forbiddenIn(json);
      if (forbidden.length > 0) wrong.push({ name, json: forbidden });
      const [read, meant] = [json, JSON.stringify(value)].map((one) => JSON.stringify(JSON.parse(one)));
      if (read !== meant) wrong.push({ name, read, meant });
    }
  expect(wrong).toEqual([]);
});

test.each(Object.entries({ ...TEXT_SURFACES, ...LINE_SURFACES }))('%s', async (_, bytesOf) => {
  expect(await bytesOf(HARMLESS)).toContain(HARMLESS);
  const all = HOSTILE.map(async ([name, text]) => ({ name, ...isHarmless(await bytesOf(text), text) }));
  expect(await Promise.all(all)).toEqual(HOSTILE.map(([name]) => ({ name, ...FINE })));
});

test.each(Object.entries(MACHINE_SURFACES))('%s', async (surface, bytesOf) => {
  for (const [name, text] of HOSTILE) {
    const bytes = await bytesOf(text);
    expect([name, forbiddenIn(bytes)]).toEqual([name, []]);
    if (surface !== 'what a shell is offered') expect(bytes).toContain(safeJson(text));
    else expect(bytes.split('\n').map((line) => line.split('\t')[0])).toEqual(['builder']);
  }
});

const SMALL = { width: 40, height: 12 };
const LARGE = { width: 120, height: 30 };
test.each(Object.entries(FRAME_SURFACES))('%s', (_, frameOf) => {
  const wrong: unknown[] = [];
  for (const size of [SMALL, LARGE]) {
    // Most rows of a frame are those of the one before
    const exact = new Set<string>();
    const isExact = (row: string): boolean =>
      exact.has(row) || (stringWidth(row) === size.width && exact.add(row).has(row));
    for (const [name, text] of HOSTILE) {
      const bytes = bytesOf(frameOf(text, size));
      const rows = bytes.slice(0, -1).split('\n');
      const inexact = rows.filter((row) => !isExact(row));
      if (rows.length !== size.height || inexact.length > 0 || bytes.includes('\t'))
        wrong.push({ name, size, rows: rows.length, inexact });
      wrong.push(...wrongIn(name, bytes, size === LARGE ? text : ''));
    }
  }
  expect(wrong).toEqual([]);
});

const sourcesOf = (pattern: string): Map<string, string> =>
  new Map(
    globSync(pattern, { cwd: root })
      .filter((path) => !/\.test\.tsx?$/.test(path))
      .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
  );

/** Commands whose text is in another row; null where none of it is of others. */
const ELSEWHERE: Readonly<Record<string, string | null>> = {
  completion: null,
  'graph/allowed-signers': null,
  'graph/diff': 'a command in a graph file',
  'graph/export': 'a command in a graph file',
  'graph/plan': 'what graph plan says beside it',
  'graph/schema': null,
  'host/serve': 'what serves',
  'host/watch': 'host trace and host watch, row by row',
  man: null,
  'relay/serve': 'what serves',
  'runner/serve': 'what serves',
  up: 'up, what it is ready with',
  'user/acp': 'user acp, what an editor shows of a task',
  'user/trace': 'user trace, row by row',
  'user/watch': 'user watch, a line a change',
};

test('every command has a row, and every row of a command is one', () => {
  const ids = [...sourcesOf('src/commands/**/*.ts').keys()].map((path) =>
    path.replace(/^src\/commands\/|\.ts$/g, ''),
  );
  expect([...Object.keys(VALUES), ...Object.keys(ELSEWHERE)].sort()).toEqual(ids.sort());
  const rows = { ...TEXT_SURFACES, ...LINE_SURFACES };
  expect(Object.values(ELSEWHERE).filter((row) => row !== null && !(row in rows))).toEqual([]);
});

/** Functions that are named like those, and show nothing. */
const NOT_SHOWN = [
  'find.ts findWords',
  'state.ts toPane',
  'terminal.ts showLines',
  'typing.ts typedLine',
  'typing.ts withText',
];

test('every function that makes a text for people is called below a row', () => {
  const MADE =
    /^export (?:const|function) (\w*(?:Text|Lines?|Picture|Notes|Question|Words|Pane)(?:Of)?)\b/gim;
  const sources = sourcesOf('src/{cli,local,tui}/**/*.{ts,tsx}');
  const makers = [...sources].flatMap(([path, text]) =>
    [...text.matchAll(MADE)].map(([, name]) => ({ path, name: name! })),
  );
  const reached = new Map([
    ...sourcesOf('test/support/*-surfaces.ts'),
    ...[...sourcesOf('src/commands/**/*.ts')].filter(([path]) => !path.includes('watch')),
  ]);
  const isCalled = ({ name }: { name: string }): boolean =>
    [...reached.values()].some((text) => new RegExp(`\\b${name}\\b`).test(text));
  for (let size = -1; size !== reached.size; ) {
    size = reached.size;
    for (const maker of makers)
      if (!reached.has(maker.path) && isCalled(maker)) reached.set(maker.path, sources.get(maker.path)!);
  }
  const missing = makers.filter((one) => !isCalled(one)).map(({ path, name }) => `${basename(path)} ${name}`);
  expect(missing.sort()).toEqual(NOT_SHOWN);
});

const WRITERS = [
  // A secret for git, and for nobody else
  'src/adapters/git/askpass-main.ts',
  'src/adapters/system/prompt.ts',
  'src/cli/graph/apply.ts',
  'src/cli/kit/base-command.ts',
  'src/cli/kit/logging.ts',
  'src/cli/kit/report.ts',
  // The version of this program, and help
  'src/cli/kit/run-line.ts',
  'src/cli/user/show-approval.ts',
  'src/commands/completion.ts',
  // Words of ours alone
  'src/tui/alerts.ts',
  // An id, as base64
  'src/tui/app.ts',
  'src/tui/inline/append.ts',
  'src/tui/shell/first-frame.ts',
  'src/tui/shell/mount.ts',
];
test('what writes to a terminal is known, and prints what was made safe', () => {
  const writes = [...sourcesOf('src/**/*.{ts,tsx}')].filter(([, text]) =>
    /\b(?:stdout|stderr|output)\.write\(/.test(text),
  );
  expect(writes.map(([path]) => path).sort()).toEqual(WRITERS);
  const emits = [...sourcesOf('src/commands/**/*.ts')].filter(([, text]) =>
    /\.emit\([^;]*\(\) =>(?!\s*')/.test(text),
  );
  expect(emits.map(([path]) => path)).toEqual([]);
});
