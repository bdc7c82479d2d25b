/** What services ask of the read models: exactly the rows that are meant. */
import { describe, expect, test } from 'vitest';
import { memoryTables } from '../../../test/support/memory-tables.ts';
import { ASSIGNMENT_STATES, type AssignmentState, type RunnerTrust } from '../vocabulary.ts';
import {
  isRunning,
  isThrownOut,
  offerIdOf,
  openAssignments,
  runnerHellos,
  runningAssignments,
} from './queries.ts';
import { ROWS, type RowOf } from './rows.ts';

const assignment = (state: AssignmentState, pubkey: string | null): RowOf<'assignments'> => ({
  ...{ id: `${state} ${pubkey}`, node: 'builder', runner: 'r', fence: 1, revision: 1, lease: 1, offer: '' },
  ...{ state, inputs: {}, pubkey, accept: null, reason: null },
});

describe('assignments', () => {
  const all = ASSIGNMENT_STATES.flatMap((state) => [assignment(state, 'key'), assignment(state, null)]);
  const tables = memoryTables(ROWS);
  for (const row of all) tables.put('assignments', row);
  const ids = (rows: RowOf<'assignments'>[]): string[] => rows.map((row) => row.id);

  test('run when they were accepted, are not over and have a key', () => {
    expect(ids(runningAssignments(tables))).toEqual(['accepted key', 'active key']);
    expect(ids(all.filter(isRunning))).toEqual(['accepted key', 'active key']);
  });

  test('are open when they are offered or not over, whether a key is known or not', () => {
    const open = ['offered', 'accepted', 'active'].flatMap((state) => [`${state} key`, `${state} null`]);
    expect(ids(openAssignments(tables))).toEqual(open);
  });

  test('name the message that offered them, where it is here', () => {
    expect(offerIdOf({ offer: '000000000000003:abc' })).toBe('abc');
    expect(offerIdOf({ offer: '' })).toBe('');
  });
});

describe('hellos of runners', () => {
  const facts = { version: '1', platform: '', labels: {}, engines: [], sandbox: [], capacity: 1 };
  const tables = memoryTables(ROWS);
  for (const name of ['r1', 'r2'])
    tables.put('hellos', {
      ...{ pubkey: `${name} key`, role: 'runner', name, at: 1, invite: null },
      detail: { name, ...facts },
    });
  tables.put('hellos', {
    ...{ pubkey: 'alice key', role: 'user', name: 'r1', at: 1, invite: null, detail: { name: 'r1' } },
  });
  // Whatever a row says it is: what offers no engine is no hello of a runner.
  tables.put('hellos', {
    ...{ pubkey: 'odd key', role: 'runner', name: 'r1', at: 1, invite: null, detail: { name: 'r1' } },
  });
  const keys = (name?: string): string[] => runnerHellos(tables, name).map((row) => row.pubkey);

  test('are those of runners alone, all of them or those under a name', () => {
    expect(keys()).toEqual(['r1 key', 'r2 key']);
    expect(keys('r1')).toEqual(['r1 key']);
    expect(keys('r3')).toEqual([]);
  });
});

test.each<[RunnerTrust | null, boolean]>([
  [null, false],
  ['trusted', false],
  ['rejected', true],
  ['revoked', true],
])('a runner whose trust is %s is thrown out: %s', (state, out) => {
  const tables = memoryTables(ROWS);
  tables.put('trust', { pubkey: 'other', name: 'r2', state: 'revoked', epoch: 1, seq: 1 });
  if (state) tables.put('trust', { pubkey: 'key', name: 'r1', state, epoch: 1, seq: 1 });
  expect(isThrownOut(tables, 'key')).toBe(out);
});
