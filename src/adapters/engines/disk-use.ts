/** What the files of a turn take of a disk, however many there are: looked at no longer than until it is too much. */
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

export type DiskLimits = { diskBytes: number; diskEntries: number };

const BLOCK = 512;

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
      // As the disk has it: a file with holes takes less than it is long. It may be gone by now
      bytes += ((await lstat(found).catch(() => null))?.blocks ?? 0) * BLOCK;
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
