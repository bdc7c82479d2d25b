/** T177 Which merges of a range need no approval of their own. */
import { expect, test } from 'vitest';
import { checkMerge, MERGE_FAULTS, type MergeFacts } from './merges.ts';

const bare = { verdict: 'no_evidence', reason: 'no_attestation' } as const;
const facts = (change: Partial<MergeFacts> = {}): MergeFacts => ({
  ...{ tree: 't', parents: ['good', 'before'], merged: async () => ({ tree: 't' }) },
  ...change,
});
const check = (change: Partial<MergeFacts>, commit: Parameters<typeof checkMerge>[0] = bare) =>
  checkMerge(
    commit,
    async () => facts(change),
    (parent) => parent === 'bad',
  );

test('of two commits without a conflict, as git makes it', async () => {
  expect(await check({})).toEqual({ verdict: 'verified', reason: null });
});

test.each<[string, Partial<MergeFacts>]>([
  ['merge_of_many', { parents: ['good', 'good', 'before'] }],
  ['merge_of_unverified', { parents: ['bad', 'good'] }],
  ['merge_of_unverified', { parents: ['good', 'bad'] }],
  ['merge_conflict', { merged: async () => ({ why: 'conflict' }) }],
  ['merge_history', { merged: async () => ({ why: 'history' }) }],
  ['merge_changed', { tree: 'other' }],
])('%s', async (reason, change) => {
  expect(await check(change)).toEqual({ verdict: 'unapproved', reason });
  expect(MERGE_FAULTS).toHaveProperty(reason);
});

test('what is no merge has to be approved, and what has evidence is judged by that alone', async () => {
  expect(await check({ parents: ['good'] })).toEqual(bare);
  expect(await check({ parents: [] })).toEqual(bare);
  const damaged = { verdict: 'damaged', reason: 'bad_event' } as const;
  expect(await check({}, damaged)).toEqual(damaged);
});
