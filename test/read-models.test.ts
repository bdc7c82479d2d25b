/** Rows are typed by their schema: nobody outside the store turns a column into what it is already. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROWS } from '../src/core/projection/rows.ts';

const root = join(import.meta.dirname, '..');
const COLUMN = `(?:${[...new Set(Object.values(ROWS).flatMap(({ columns }) => Object.keys(columns)))].join('|')})`;
/** The word before the column, as in `row.id`, `tables.get('sessions', id)?.state`. */
const READ = `(?<of>\\w+)?[)\\]!]*\\??\\.${COLUMN}\\b`;
/** What is read of these is no column: messages, events, parameters, the home, the Host's configuration. */
const OTHERS = new Set(['m', 'told', 'tags', 'event', 'params', 'home', 'host', 'epoch']);
const CASTS: readonly RegExp[] = [
  new RegExp(`\\b(?:String|Number|Boolean)\\([^;\\n]*?${READ}!?(?: \\?\\?[^)\\n]*)?\\)`, 'g'),
  new RegExp(`\\bJSON\\.parse\\([^;)\\n]*?(?<of>\\w+)[\\]!]*\\??\\.${COLUMN}\\b`, 'g'),
  new RegExp(`${READ}!?\\)? as (?!const\\b)`, 'g'),
  new RegExp(`${READ}!`, 'g'),
  // A row that may not be there: the caller says what then.
  /\btables\.get\([^;\n]*?\)!/g,
];
const castsIn = (code: string): string[] =>
  CASTS.flatMap((cast) => [...code.matchAll(cast)])
    .filter(({ groups }) => !OTHERS.has(groups?.of ?? ''))
    .map(([found]) => found);

test.each([
  'const id = String(row.id);',
  "const n = Number(tables.get('counters', stream, to)?.n ?? 0);",
  'const ranges: Range[] = JSON.parse(row.ranges);',
  "const rules = JSON.parse(String(routes?.approval ?? 'null'));",
  'const expected = turn.expected as string | null;',
  "const at = (tables.get('syncs', relay, key)?.at as number | undefined) ?? null;",
  'await readBody(home, session.request!);',
  "const row = tables.get('sessions', id)!;",
])('is found: %s', (code) => expect(castsIn(code)).not.toEqual([]));

test.each(['const known = row.id;', 'String(value)', "state: 'started' as const", 'row.open !== 1'])(
  'is none: %s',
  (code) => expect(castsIn(code)).toEqual([]),
);

test('no column of a row is cast in services, cli and commands, nor in the reducers', () => {
  const files = globSync('src/{services,cli,commands,tui,core/projection}/**/*.{ts,tsx}', { cwd: root });
  const found = files
    .filter((path) => !path.includes('.test.'))
    .flatMap((path) => castsIn(readFileSync(join(root, path), 'utf8')).map((cast) => `${path}: ${cast}`));
  expect(files.length).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
