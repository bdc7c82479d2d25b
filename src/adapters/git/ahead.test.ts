import { expect, test } from 'vitest';
import { aheadOf, listedAhead, remembering } from './ahead.ts';
import type { TreeEntry } from './entries.ts';

const COMMITS = Array.from({ length: 100 }, (_, n) => `c${n}`);
const ENTRY = {} as TreeEntry;
/** Counts what is looked at; each commit has so many files. */
const looking = (files: number) => {
  const looked: string[] = [];
  const look = (_store: string, commit: string) => {
    looked.push(commit);
    return Promise.resolve(Array<TreeEntry>(files).fill(ENTRY));
  };
  return { looked, look };
};

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

test('each of a row of commits is listed once, as long as they are small', async () => {
  const { looked, look } = looking(9);
  const list = remembering(look, 1_000);
  expect(await listedAhead(list, 'store', COMMITS.slice(0, 40), 500)).toEqual(COMMITS.slice(0, 40));
  for (const commit of COMMITS.slice(0, 40)) await list('store', commit);
  expect(looked).toEqual(COMMITS.slice(0, 40));
});

test('T173 of large trees no more are listed ahead, or kept, than are held together', async () => {
  const { looked, look } = looking(99);
  const list = remembering(look, 1_000);
  expect(await listedAhead(list, 'store', COMMITS, 500)).toEqual(COMMITS.slice(0, 4));
  expect(looked).toHaveLength(8);
  for (const commit of COMMITS.slice(8, 20)) await list('store', commit);
  for (const commit of COMMITS.slice(10, 20)) await list('store', commit);
  expect(looked).toHaveLength(20);
  await list('store', 'c9');
  expect(looked).toHaveLength(21);
});
