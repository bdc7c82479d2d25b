/** Where the source says why it refuses: each place with the code that arises there. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../../src/core/errors.ts';
import { ROWS } from '../../src/core/projection/rows.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
const sources = (pattern: string): string[] =>
  globSync(pattern, { cwd: ROOT }).filter((path) => !/\.test\.tsx?$/.test(path));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export type ReasonPlace = { path: string; at: number; code: string };

/** Messages are refused in these files and nowhere else. */
const REFUSING = [
  'src/core/protocol/open-checks.ts',
  'src/core/protocol/authorize.ts',
  ...sources('src/services/messaging/*.ts'),
];
/** The first argument of a refusal or a check, and what trust in a runner comes to. */
const CALLED = /(?:\b(?:reject|late|hold|refuse|check)\(|rejects\.count\(|\brevoked: )'([a-z_]+)'/g;
/** Any other word of a code's form. */
const WORD = /'([a-z]+(?:_[a-z]+)+)'/g;
/** Compared with, looked up, declared as a rule's, or the name of a table or a member: not where a code arises. */
const ELSEWHERE = /(?:===|\.(?:get|list|count|put|remove|pending)\([^)]*|reasons: \[.*|wrapKeys = .*)\s*$/;
/** Words of this form that are something else. */
const OTHERS: ReadonlySet<string> = new Set([...Object.keys(EXIT), ...Object.keys(ROWS), 'created_at']);

const placesIn = (path: string): ReasonPlace[] => {
  const text = read(path);
  const found = new Map<number, string>();
  for (const pattern of [CALLED, WORD])
    for (const match of text.matchAll(pattern)) {
      const at = match.index + match[0].lastIndexOf(`'${match[1]}'`) + 1;
      const before = text.slice(text.lastIndexOf('\n', at) + 1, at - 1);
      const isElsewhere = OTHERS.has(match[1]!) || ELSEWHERE.test(before);
      if (pattern === CALLED || !isElsewhere) found.set(at, match[1]!);
    }
  return [...found].map(([at, code]) => ({ path, at, code }));
};
export const reasonPlaces = (): ReasonPlace[] => REFUSING.flatMap(placesIn);

/** Every code of the source and a file that has it: of refusals, and all words of this form where work is judged and done. */
export const reasonCodes = (): Map<string, string> => {
  const paths = [...sources('src/core/protocol/*.ts'), ...sources('src/services/**/*.ts')];
  const words = [...paths, 'src/core/graph/edges.ts'].flatMap((path) =>
    [...read(path).matchAll(WORD)].map(([, code]) => [code!, path] as const),
  );
  const all = new Map([...reasonPlaces().map(({ code, path }) => [code, path] as const), ...words]);
  for (const word of OTHERS) all.delete(word);
  return all;
};

/** What all tests say, in one text. */
export const testTexts = (): string =>
  globSync('{src,test}/**/*.test.{ts,tsx}', { cwd: ROOT }).map(read).join('\n');
