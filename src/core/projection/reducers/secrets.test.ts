/** What was said of a secret, in whichever order it is folded and however often. */
import { expect, test } from 'vitest';
import { memoryTables } from '../../../../test/support/memory-tables.ts';
import type { Line } from '../../ledger/line.ts';
import { ROWS } from '../rows.ts';
import { reduceSecretGrant, reduceSecretRemoved, reduceSecretSet } from './secrets.ts';

const line = { event: { created_at: 7 } } as Line;
const set = (n: number) => ({ name: 'model', n, version: `v${n}`, blob: `b${n}`, by: 'op' });

test('the last word of a name counts, and every other value is to go', () => {
  for (const order of [
    [1, 2, 3],
    [3, 2, 1],
    [2, 3, 1],
  ]) {
    const tables = memoryTables(ROWS);
    for (const n of order) reduceSecretSet(tables, set(n), line);
    expect(tables.list('secrets')).toEqual([{ ...set(3), at: 7 }]);
    expect(
      tables
        .list('secret_remains')
        .map(({ blob }) => blob)
        .sort(),
    ).toEqual(['b1', 'b2']);
  }
});

test('what is folded twice is there once, and its value stays', () => {
  const tables = memoryTables(ROWS);
  for (let times = 0; times < 2; times++) reduceSecretSet(tables, set(1), line);
  expect(tables.list('secret_remains')).toEqual([]);
});

test('what was removed has no value, also where that is folded first', () => {
  const tables = memoryTables(ROWS);
  reduceSecretRemoved(tables, { name: 'model', n: 2, by: 'op' }, line);
  reduceSecretSet(tables, set(1), line);
  expect(tables.get('secrets', 'model')).toMatchObject({ n: 2, blob: null });
  expect(tables.list('secret_remains')).toEqual([{ blob: 'b1' }]);
});

test('each value that a name had has its number, and who was given it has the last time', () => {
  const at = [9, 5, 7];
  const grant = { name: 'model', version: 'v1' };
  for (const order of [at, [...at].reverse()]) {
    const tables = memoryTables(ROWS);
    for (const n of [2, 1]) reduceSecretSet(tables, set(n), line);
    for (const one of order)
      reduceSecretGrant(tables, { id: `${one}`, re: null, to: 'r', at: one, body: grant } as never);
    expect(tables.list('secret_versions').map(({ version, n }) => [version, n])).toEqual([
      ['v1', 1],
      ['v2', 2],
    ]);
    expect(tables.list('secret_grants')).toEqual([{ ...grant, runner: 'r', at: 9 }]);
  }
});
