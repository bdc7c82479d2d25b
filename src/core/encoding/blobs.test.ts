import { expect, test } from 'vitest';
import { MAX_BLOB_BYTES } from '../bounds.ts';
import { cutIntoBlobs } from './blobs.ts';
import { concat } from './bytes.ts';

test('bytes are cut into blobs as large as one may be, and a last one of the rest', () => {
  const sizes = (size: number) => cutIntoBlobs(new Uint8Array(size)).map((part) => part.length);
  expect(sizes(0)).toEqual([]);
  expect(sizes(MAX_BLOB_BYTES)).toEqual([MAX_BLOB_BYTES]);
  expect(sizes(2 * MAX_BLOB_BYTES + 1)).toEqual([MAX_BLOB_BYTES, MAX_BLOB_BYTES, 1]);
  const bytes = new Uint8Array(MAX_BLOB_BYTES + 5).map((_, n) => n % 251);
  expect(concat(...cutIntoBlobs(bytes))).toEqual(bytes);
});
