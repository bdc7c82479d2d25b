import { expect, test } from 'vitest';
import { aheadOf } from './ahead.ts';

const COMMITS = Array.from({ length: 100 }, (_, n) => `c${n}`);

test('what is read ahead is read once', async () => {
  const loads: number[] = [];
  const of = aheadOf(
    () => COMMITS,
    async (commits) => {
      loads.push(commits.length);
      return new Map(commits.map((one) => [one, one]));
    },
  );
  for (const commit of COMMITS) expect((await of(commit)).get(commit)).toBe(commit);
  expect(loads).toEqual([64, 36]);
  expect((await of('another')).get('another')).toBe('another');
});

test('T173 a commit that cannot be read stands in the way of no other', async () => {
  const of = aheadOf(
    () => COMMITS,
    async (commits) => {
      if (commits.includes('c21')) throw new Error('a bomb');
      return new Map(commits.map((one) => [one, one]));
    },
  );
  for (const commit of COMMITS)
    if (commit === 'c21') await expect(of(commit)).rejects.toThrow('a bomb');
    else expect((await of(commit)).get(commit)).toBe(commit);
});
