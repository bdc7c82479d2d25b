/** How much of a file system a runner may fill, and what is free of it. */
import { statfs } from 'node:fs/promises';
import { KEPT_DISK } from '../../core/bounds.ts';

export type DiskSpace = { bytes: number; entries: number };

/** `mib`: as the settings say. A file system that counts no names has no fewer than the cap. */
export const spaceFor = async (directory: string, mib?: number): Promise<DiskSpace> => {
  const { blocks, bsize, files } = await statfs(directory);
  const part = Math.floor((blocks * bsize) / KEPT_DISK.part);
  const names = files > 0 ? Math.floor(files / KEPT_DISK.part) : KEPT_DISK.entries;
  return {
    bytes: mib === undefined ? Math.min(part, KEPT_DISK.bytes) : mib * 1024 ** 2,
    entries: Math.min(names, KEPT_DISK.entries),
  };
};

/** Bytes that are free for whoever is not root. */
export const freeBytes = async (directory: string): Promise<number> => {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
};
