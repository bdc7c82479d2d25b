/** What a runner may fill is a part of the file system that it is on, below a cap, unless its settings say it. */
import { statfsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { KEPT_DISK } from '../../core/bounds.ts';
import { freeBytes, spaceFor } from './disk-space.ts';

test('a part of the file system, at most the cap; the settings decide where they say it', async () => {
  const { blocks, bsize, bavail } = statfsSync('/');
  const found = await spaceFor('/');
  expect(found.bytes).toBe(Math.min(Math.floor((blocks * bsize) / KEPT_DISK.part), KEPT_DISK.bytes));
  expect(found.entries).toBeGreaterThan(0);
  expect(found.entries).toBeLessThanOrEqual(KEPT_DISK.entries);
  expect(await spaceFor('/', 2048)).toEqual({ bytes: 2 * 1024 ** 3, entries: found.entries });
  expect(Math.abs((await freeBytes('/')) - bavail * bsize)).toBeLessThan(1024 ** 3);
});
