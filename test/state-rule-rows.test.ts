/** Every state rule has a row in a test beside it: the message that only this rule refuses. */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { rowOf } from '../src/core/protocol/table.ts';

const messaging = resolve(import.meta.dirname, '../src/services/messaging');
const textOf = (file: string): string => readFileSync(resolve(messaging, file), 'utf8');
const rules = [...textOf('state-rules.ts').matchAll(/^ {2}'?([a-z._]+)'?: \(home, m\) =>/gm)].map(
  (match) => match[1]!,
);

/** The sentence of a row begins with its type, after the threat where it has one; rows of several types alike take them from one list. */
const ruled = globSync('state-rules-*.test.ts', { cwd: messaging }).flatMap((file) => {
  const text = textOf(file);
  const lists = [...text.matchAll(/\(\[([^\]]*)\] as const\)\.(?:m|flatM)ap/g)].flatMap((match) =>
    [...match[1]!.matchAll(/'([a-z._]+)'/g)].map((word) => word[1]!),
  );
  return [...lists, ...[...text.matchAll(/['`](?:T\d+ )?([a-z._]+): /g)].map((match) => match[1]!)];
});

test('the rules are found, each of a type of the table', () => {
  expect(rules.length).toBeGreaterThan(14);
  expect(rules.filter((type) => rowOf(type) === undefined)).toEqual([]);
});

test('every type with a state rule has a row in src/services/messaging/state-rules-*.test.ts', () => {
  expect(rules.filter((type) => !ruled.includes(type))).toEqual([]);
});
