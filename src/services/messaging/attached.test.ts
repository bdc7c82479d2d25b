/** Files on their way with a task: what is kept of them, and what is not believed when it came. */
import { expect, test } from 'vitest';
import { introduced } from '../../../test/sim/introductions.ts';
import { MAX_ATTACHED, MAX_BLOB_BYTES } from '../../core/bounds.ts';
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import type { AttachedFile } from '../../core/protocol/messages/task-body.ts';
import { fetchAttached, keepAttached } from './attached.ts';

const exchange = { send: async () => {} };
const by = (pubkey: string) => ({ writer: pubkey, reader: pubkey });
const bytes = new Uint8Array(2 * MAX_BLOB_BYTES + 5).map((_, n) => n % 251);
const files = [
  { name: 'large.bin', bytes },
  { name: 'none.txt', bytes: new Uint8Array() },
  { name: 'small.txt', bytes: utf8('small') },
];

test('each is cut into blobs, and put together again as it was', async () => {
  const { homes, who } = await introduced();
  const kept = await keepAttached(homes.alice, files);
  expect(kept.map(({ name, size, blobs }) => [name, size, blobs.length])).toEqual([
    ['large.bin', bytes.length, 3],
    ['none.txt', 0, 0],
    ['small.txt', 5, 1],
  ]);
  expect(kept[0]!.sha256).toBe(toHex(homes.alice.suite.sha256(bytes)));
  expect(kept[2]!.blobs).toEqual([kept[2]!.sha256]);
  expect(await fetchAttached(homes.alice, exchange, by(who.alice.pubkey), kept)).toEqual(files);
  expect(await fetchAttached(homes.alice, exchange, by(who.alice.pubkey))).toEqual([]);
});

test('what cannot go together is refused before any of it is kept', async () => {
  const { homes } = await introduced();
  const one = utf8('one');
  const refused = keepAttached(homes.alice, [
    { name: 'one', bytes: one },
    { name: 'large', bytes: new Uint8Array(MAX_ATTACHED.bytes) },
  ]);
  await expect(refused).rejects.toMatchObject({ code: 'usage', hint: expect.stringMatching(/^give each /) });
  expect(await homes.alice.blobs.has(toHex(homes.alice.suite.sha256(one)))).toBe(false);
});

test('all are waited for, each is asked for', async () => {
  const { homes, who } = await introduced();
  const kept = await keepAttached(homes.alice, files);
  const missing = { ...kept[2]!, name: 'more', blobs: ['cd'.repeat(32)] };
  expect(await fetchAttached(homes.alice, exchange, by(who.alice.pubkey), [...kept, missing])).toBeNull();
});

test.each<[string, Partial<AttachedFile>]>([
  ['another size', { size: 4 }],
  ['another digest', { sha256: 'ab'.repeat(32) }],
])('bytes of %s than their message says are refused', async (_what, changes) => {
  const { homes, who } = await introduced();
  const [, , small] = await keepAttached(homes.alice, files);
  const read = fetchAttached(homes.alice, exchange, by(who.alice.pubkey), [{ ...small!, ...changes }]);
  await expect(read).rejects.toThrow('not what its message names');
});
