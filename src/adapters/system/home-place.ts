/** Where a home is, so that it knows when it was copied or moved: two that serve with one key are in each other's way. */
import { hash } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemFiles } from './files.ts';

const FILE = 'place';
const MACHINE = '/etc/machine-id';

/** This machine, where it has a name of its own, and the directory itself: a copy of it has another inode. */
const placeOf = async (directory: string, machine: string): Promise<string> => {
  const id = await systemFiles.read(machine).catch(() => undefined);
  const { ino } = await lstat(directory, { bigint: true });
  return `${hash('sha256', id ?? '', 'hex').slice(0, 32)} ${ino}\n`;
};

/** False where it was kept at another place; a home that kept none has never served, or served before there was one. */
export const isInPlace = async (directory: string, machine = MACHINE): Promise<boolean> => {
  const kept = await systemFiles.read(join(directory, FILE));
  return kept === undefined || kept === (await placeOf(directory, machine));
};

export const keepPlace = async (directory: string, machine = MACHINE): Promise<void> =>
  systemFiles.write(join(directory, FILE), await placeOf(directory, machine));

/** At no place: what was put together out of a backup. */
export const keepNoPlace = (directory: string): Promise<void> =>
  systemFiles.write(join(directory, FILE), 'restored\n');
