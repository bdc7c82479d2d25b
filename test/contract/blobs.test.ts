/** What blobs promise, in a directory and in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { openBlobs } from '../../src/adapters/ledger/blobs.ts';
import { MAX_BLOB_BYTES } from '../../src/core/bounds.ts';
import { toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import type { Blobs } from '../../src/ports/index.ts';
import { memoryBlobs } from '../sim/memory-home.ts';
import { sha256 } from '../support/ledger-events.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-blobs-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

let serial = 0;
const makers: [string, () => Promise<Blobs>][] = [
  ['files', () => openBlobs(join(directory, String(serial++)))],
  ['memory', async () => memoryBlobs(new Map(), suiteWasm)],
];

describe.each(makers)('blobs: %s', (_, make) => {
  let blobs: Blobs;
  beforeEach(async () => {
    blobs = await make();
  });

  test('are kept under their digest, however often they are put', async () => {
    const bytes = utf8('a diff');
    const names = await Promise.all([blobs.put(bytes), blobs.put(utf8('a diff'))]);
    expect(names).toEqual([toHex(sha256(bytes)), toHex(sha256(bytes))]);
    expect(await blobs.get(names[0]!)).toEqual(bytes);
    expect(await blobs.has(names[0]!)).toBe(true);
  });

  test('are absent until they are put', async () => {
    expect(await blobs.get('ab'.repeat(32))).toBeUndefined();
    expect(await blobs.has('ab'.repeat(32))).toBe(false);
  });

  test('the largest fits, one byte more does not, none is a blob too', async () => {
    const largest = new Uint8Array(MAX_BLOB_BYTES).fill(7);
    expect(await blobs.get(await blobs.put(largest))).toEqual(largest);
    await expect(blobs.put(new Uint8Array(MAX_BLOB_BYTES + 1))).rejects.toMatchObject({ code: 'invalid' });
    expect(await blobs.get(await blobs.put(new Uint8Array(0)))).toEqual(new Uint8Array(0));
  });

  test('a name that is no digest is refused', async () => {
    for (const name of ['', '.', '../x', 'AB'.repeat(32), 'ab'.repeat(31), 'ab'.repeat(33)]) {
      await expect(blobs.get(name)).rejects.toMatchObject({ code: 'invalid' });
      await expect(blobs.has(name)).rejects.toMatchObject({ code: 'invalid' });
    }
  });

  test('are listed with their sizes, who was put last behind all others, and removed', async () => {
    expect([await blobs.sweep(), blobs.written]).toEqual([[], 0]);
    const names: string[] = [];
    for (const text of ['a', 'bb', 'a']) {
      names.push(await blobs.put(utf8(text)));
      // A file system tells times apart no finer
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const [a, bb] = names as [string, string];
    const listed = async () => (await blobs.sweep()).map(({ sha256, size }) => [sha256, size]);
    expect(await listed()).toEqual([
      [bb, 2],
      [a, 1],
    ]);
    expect(blobs.written).toBe(4);
    for (const name of [bb, bb]) await blobs.remove(name);
    expect(await listed()).toEqual([[a, 1]]);
    await expect(blobs.remove('../x')).rejects.toMatchObject({ code: 'invalid' });
  });

  test('who changes the bytes later changes no blob', async () => {
    const given = utf8('a diff');
    const name = await blobs.put(given);
    given.fill(0);
    (await blobs.get(name))!.fill(0);
    expect(await blobs.get(name)).toEqual(utf8('a diff'));
  });
});
