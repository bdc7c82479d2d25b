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
  verdictInTime,
} from './queries.ts';
import { ROWS, type RowOf } from './rows.ts';

const assignment = (state: AssignmentState, pubkey: string | null): RowOf<'assignments'> => ({
  ...{ id: `${state} ${pubkey}`, node: 'builder', runner: 'r', fence: 1, revision: 1, lease: 1, offer: '' },
  ...{ state, inputs: {}, pubkey, accept: null, reason: null, detail: null, line: 1 },
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
      ...{ pubkey: `${name} key`, role: 'runner', name, at: 1 },
      detail: { name, ...facts },
    });
  tables.put('hellos', {
    ...{ pubkey: 'alice key', role: 'user', name: 'r1', at: 1, detail: { name: 'r1' } },
  });
  // Whatever a row says it is: what offers no engine is no hello of a runner.
  tables.put('hellos', {
    ...{ pubkey: 'odd key', role: 'runner', name: 'r1', at: 1, detail: { name: 'r1' } },
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
  ['left', true],
])('a runner whose trust is %s is thrown out: %s', (state, out) => {
  const tables = memoryTables(ROWS);
  tables.put('trust', { pubkey: 'other', name: 'r2', state: 'revoked', epoch: 1, seq: 1 });
  if (state) tables.put('trust', { pubkey: 'key', name: 'r1', state, epoch: 1, seq: 1 });
  expect(isThrownOut(tables, 'key')).toBe(out);
});

describe('a verdict', () => {
  const review: RowOf<'reviews'> = {
    ...{
      id: 'r',
      session: 's',
      attempt: 1,
      step: 2,
      node: 'node',
      reviewer: 'carol',
      subject: 'd',
      diff: [],
    },
    ...{ size: 0, files: 0, title: '', whole: null, expires: 100, message: 'asks', at: 0, open: 0, line: 5 },
  };
  type Moved = { type: 'task.update' | 'task.result'; line: number; sender?: string; dir?: 'in' | 'out' };
  const inTime = (kept: number, moved: Moved[] = []) => {
    const tables = memoryTables(ROWS);
    const given = { verdict: 'pass', subject: 'd', reason: null, message: 'says', seq: 1 } as const;
    tables.put('verdicts', { review: 'r', reviewer: 'carol', ...given });
    const message: Omit<RowOf<'messages'>, 'id' | 'line'> = {
      ...{
        recipient: '',
        dedup: '',
        content: null,
        re: null,
        session: 's',
        stream: null,
        seq: null,
        at: 0,
        kept,
      },
      ...{ dir: 'in', sender: 'node', type: 'review.result' },
    };
    tables.put('messages', { ...message, id: 'says', line: 9 });
    for (const one of moved) tables.put('messages', { ...message, dir: 'out', id: `m${one.line}`, ...one });
    return verdictInTime(tables, review) !== undefined;
  };

  test.each<[string, boolean, number, Moved[]]>([
    ['before its review ends', true, 99_999, []],
    ['in the second in which it ends', false, 100_000, []],
    ['after its turn', false, 1, [{ type: 'task.update', line: 8 }]],
    ['after its session', false, 1, [{ type: 'task.result', line: 8 }]],
    ['before its turn is over', true, 1, [{ type: 'task.update', line: 10 }]],
    ['of a turn that began before it was asked', true, 1, [{ type: 'task.update', line: 4 }]],
    [
      'while another node of this home tells of the session',
      true,
      1,
      [{ type: 'task.update', line: 8, sender: 'other' }],
    ],
    ['while its node hears of it', true, 1, [{ type: 'task.update', line: 8, dir: 'in' }]],
  ])('that came %s is in time: %s', (_what, is, kept, moved) => {
    expect(inTime(kept, moved)).toBe(is);
  });
});
