import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hashFile } from './hash-file.ts';

const root = mkdtempSync(join(tmpdir(), 'entangle-hash-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const hashed = async (bytes: Buffer, most?: number): Promise<[number, string]> => {
  writeFileSync(join(root, 'file'), bytes);
  const file = await open(join(root, 'file'));
  try {
    const hash = createHash('sha256');
    return [await hashFile(hash, file, most), hash.digest('hex')];
  } finally {
    await file.close();
  }
};
const sumOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

test.each([0, 1, 64 * 1024, 64 * 1024 + 1, 1_000_000])('all of %i bytes, and their number', async (size) => {
  const bytes = Buffer.from(Array.from({ length: size }, (_, at) => at % 251));
  expect(await hashed(bytes)).toEqual([size, sumOf(bytes)]);
  expect(await hashed(bytes, size)).toEqual([size, sumOf(bytes)]);
});

test('a file that holds more than may be read is not read to its end', async () => {
  const [read] = await hashed(Buffer.alloc(1_000_000), 100_000);
  expect(read).toBeGreaterThan(100_000);
  expect(read).toBeLessThan(200_000);
});
