/** Bytes of any length, cut into what one blob holds. */
import { MAX_BLOB_BYTES } from '../bounds.ts';

/** Nothing at all has none. */
export const blobCount = (size: number): number => Math.ceil(size / MAX_BLOB_BYTES);

/** In the order in which they are put together again: as large as may be, and a last one of the rest. */
export const cutIntoBlobs = (bytes: Uint8Array): Uint8Array[] =>
  Array.from({ length: blobCount(bytes.length) }, (_, n) =>
    bytes.subarray(n * MAX_BLOB_BYTES, (n + 1) * MAX_BLOB_BYTES),
  );
