import type { Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

const PART_BYTES = 64 * 1024;

/**
 * What the file holds from where it is read on, and how many bytes that were; ends soon after more than `most` of them.
 * By one buffer: a stream makes one for each part, and V8 collects none of them before they are 64 MB.
 */
export const hashFile = async (
  hash: Hash,
  file: FileHandle,
  most = Number.POSITIVE_INFINITY,
): Promise<number> => {
  const part = Buffer.allocUnsafeSlow(PART_BYTES);
  let total = 0;
  while (total <= most) {
    const { bytesRead } = await file.read(part, 0, part.length);
    if (bytesRead === 0) break;
    hash.update(part.subarray(0, bytesRead));
    total += bytesRead;
  }
  return total;
};

export const hashFileAt = async (hash: Hash, path: string): Promise<number> => {
  const file = await open(path);
  try {
    return await hashFile(hash, file);
  } finally {
    await file.close();
  }
};
