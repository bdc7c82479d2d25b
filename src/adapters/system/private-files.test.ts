/** Files that are there while something reads them. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { privateFiles } from './private-files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-private-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('they are of their owner alone, and gone when the work has ended or failed', async () => {
  const withFiles = await privateFiles(join(root, 'credentials'));
  let place = '';
  const failed = withFiles({ key: 'of a key' }, async (pathOf) => {
    place = pathOf('key');
    expect([mode(place), mode(dirname(place)), readFileSync(place, 'utf8')]).toEqual([
      '400',
      '700',
      'of a key',
    ]);
    throw new Error('git failed');
  });
  await expect(failed).rejects.toThrow('git failed');
  expect(existsSync(dirname(place))).toBe(false);
});

test('two that use them have places of their own', async () => {
  const withFiles = await privateFiles(join(root, 'credentials'));
  await withFiles({ key: 'one' }, (one) =>
    withFiles({ key: 'two' }, async (two) => {
      expect([readFileSync(one('key'), 'utf8'), readFileSync(two('key'), 'utf8')]).toEqual(['one', 'two']);
    }),
  );
  expect(readdirSync(join(root, 'credentials'))).toEqual([]);
});

test('what a process that was killed left there is gone at the next start', async () => {
  const withFiles = await privateFiles(join(root, 'credentials'));
  await withFiles({}, async () => writeFileSync(join(root, 'credentials/left'), 'a key'));
  await privateFiles(join(root, 'credentials'));
  expect(existsSync(join(root, 'credentials'))).toBe(false);
});
