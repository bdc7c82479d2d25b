/** What the files of a turn take of a disk, however many there are: looked at no longer than until it is too much. */
import type { Dirent } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { join } from 'node:path';

export type DiskLimits = { diskBytes: number; diskEntries: number };

const BLOCK = 512;

/** Of all that is below these directories. */
export const diskUse = async (roots: readonly string[]): Promise<{ bytes: number; entries: number }> => {
  const all = { bytes: 0, entries: 0 };
  for await (const bytes of sizesBelow(roots)) {
    all.bytes += bytes;
    all.entries += 1;
  }
  return all;
};

/** Which limit the files below these directories are over, in words; or null. */
export const overDisk = async (
  roots: readonly string[],
  { diskBytes, diskEntries }: DiskLimits,
): Promise<string | null> => {
  let [all, entries] = [0, 0];
  for await (const bytes of sizesBelow(roots)) {
    entries += 1;
    all += bytes;
    if (entries > diskEntries) return `more than ${diskEntries} files`;
    if (all > diskBytes) return `more than ${diskBytes} bytes`;
  }
  return null;
};

/** Of each entry at any depth, as the disk has it: a file with holes takes less than it is long. What is gone by now takes none. */
async function* sizesBelow(roots: readonly string[]): AsyncGenerator<number> {
  const open = [...roots];
  for (let path = open.pop(); path !== undefined; path = open.pop())
    for await (const entry of entriesOf(path)) {
      const found = join(path, entry.name);
      if (entry.isDirectory()) open.push(found);
      yield ((await lstat(found).catch(() => null))?.blocks ?? 0) * BLOCK;
    }
}

async function* entriesOf(path: string): AsyncGenerator<Dirent> {
  try {
    yield* await opendir(path, { bufferSize: 256 });
  } catch {
    // gone, or closed to us: it counts as empty
  }
}
