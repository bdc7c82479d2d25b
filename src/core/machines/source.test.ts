/** What a change is called, by what is signed of its commit and of its approval. */
import { expect, test } from 'vitest';
import { sourceStateOf } from './source.ts';

test.each([
  [null, null, 'proposed'],
  [null, 'pending', 'proposed'],
  [null, 'approved', 'approved'],
  [null, 'rejected', 'rejected'],
  [null, 'superseded', 'superseded'],
  [null, 'expired', 'failed'],
  [null, 'withdrawn', 'failed'],
  [null, 'invalidated', 'failed'],
  ['materialized', 'approved', 'approved'],
  ['published', 'approved', 'published'],
  ['published', null, 'published'],
  ['superseded', 'approved', 'superseded'],
  ['failed', null, 'failed'],
  ['failed', 'approved', 'failed'],
  ['failed', 'rejected', 'rejected'],
  ['failed', 'superseded', 'superseded'],
] as const)('a commit that is %s under an approval that is %s is %s', (artifact, approval, state) => {
  expect(sourceStateOf(artifact, approval)).toBe(state);
});
