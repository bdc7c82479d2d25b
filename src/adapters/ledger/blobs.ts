/** Content-addressed bytes in one directory: a blob's name is its digest, so it can be checked whenever it is read. */
import { hash } from 'node:crypto';
import { lstat, lutimes, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MAX_BLOB_BYTES } from '../../core/bounds.ts';
import { isHex } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Blobs, KeptBlob } from '../../ports/index.ts';
import {
  clearUnfinished,
  forbidsWriting,
  readBounded,
  syncDirectory,
  systemFiles,
  writeAtomic,
} from '../system/files.ts';

/** Throws `invalid` for what is no digest: a name never becomes another path. */
export function requireBlobName(sha256: string): void {
  if (!isHex(sha256, 32))
    throw new EntangleError('invalid', 'a blob is named by 64 lower-case hex characters');
}

/** Throws `invalid` for more than a blob holds. */
export function requireBlobSize(bytes: Uint8Array, most: number): void {
  if (bytes.length > most) throw new EntangleError('invalid', `a blob has at most ${most} bytes`);
}

/** Blobs of a home, of at most so many bytes each, below `directory`, which is made private. Where it may not be made, there are none. */
export async function openBlobs(directory: string, most = MAX_BLOB_BYTES): Promise<Blobs> {
  await systemFiles.directory(directory).catch((error: unknown) => {
    if (!forbidsWriting(error) || error.syscall !== 'mkdir') throw error;
  });
  const path = (sha256: string) => {
    requireBlobName(sha256);
    return join(directory, sha256);
  };
  const intact = async (sha256: string) => {
    const bytes = await readBounded(path(sha256), most);
    return bytes === undefined || digestOf(bytes) === sha256 ? bytes : null;
  };
  const kept = async (sha256: string): Promise<KeptBlob[]> => {
    const stats = await lstat(path(sha256)).catch(unlessAbsent);
    return stats?.isFile() ? [{ sha256, size: stats.size, at: stats.mtimeMs }] : [];
  };
  let written = 0;
  return {
    put: async (bytes) => {
      requireBlobSize(bytes, most);
      const copy = Uint8Array.from(bytes);
      const sha256 = digestOf(copy);
      const now = new Date();
      written += copy.length;
      // First: who looks for old ones from here on finds it new
      await lutimes(path(sha256), now, now).catch(() => undefined);
      // What a crash left is synced again; what rotted on the disk is replaced by what is known to be right.
      if (await intact(sha256).catch(() => null)) await syncDirectory(directory);
      else await writeAtomic(path(sha256), copy);
      return sha256;
    },
    get: async (sha256) => {
      const bytes = await intact(sha256);
      if (bytes === null)
        throw new EntangleError('invalid', `${path(sha256)} does not hold what its name says`, {
          hint: 'restore the file from a backup, or remove it so that it is fetched again',
        });
      return bytes === undefined ? undefined : new Uint8Array(bytes);
    },
    has: async (sha256) => (await kept(sha256)).length > 0,
    sweep: async () => {
      await clearUnfinished(directory);
      const names = await readdir(directory).catch(unlessAbsent);
      const all = (names ?? []).filter((name) => isHex(name, 32)).map(kept);
      return (await Promise.all(all)).flat().sort((a, b) => a.at - b.at);
    },
    remove: async (sha256) => rm(path(sha256), { force: true }),
    get written() {
      return written;
    },
  };
}

const unlessAbsent = (error: NodeJS.ErrnoException): undefined => {
  if (error.code === 'ENOENT') return undefined;
  throw error;
};

const digestOf = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex');
