/** What the files of a turn take of a disk, however many there are: looked at no longer than until it is too much. */
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

export type DiskLimits = { diskBytes: number; diskEntries: number };

const BLOCK = 512;

/** Of all that is below these directories. */
export const diskUse = async (roots: readonly string[]): Promise<number> => {
  let bytes = 0;
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop())
    for await (const entry of entriesOf(path)) {
      const found = join(path, entry.name);
      bytes += await bytesOf(found);
      if (entry.isDirectory()) open.push(found);
    }
  return bytes;
};

/** As the disk has it: a file with holes takes less than it is long. It may be gone by now. */
const bytesOf = async (path: string): Promise<number> =>
  ((await lstat(path).catch(() => null))?.blocks ?? 0) * BLOCK;

/** Which limit the files below these directories are over, in words; or null. What cannot be listed counts as empty. */
export const overDisk = async (
  roots: readonly string[],
  { diskBytes, diskEntries }: DiskLimits,
): Promise<string | null> => {
  let [bytes, entries] = [0, 0];
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop())
    for await (const entry of entriesOf(path)) {
      const found = join(path, entry.name);
      entries += 1;
      bytes += await bytesOf(found);
      if (entry.isDirectory()) open.push(found);
      if (entries > diskEntries) return `more than ${diskEntries} files`;
      if (bytes > diskBytes) return `more than ${diskBytes} bytes`;
    }
  return null;
};

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path, { bufferSize: 256 });
  } catch {
    // gone, or closed to us
  }
}
