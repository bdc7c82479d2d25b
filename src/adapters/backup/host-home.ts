/** What of a Host's home goes into a backup, and comes out of one. Read models, marks and locks are made anew. */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStore } from '../../ports/index.ts';
import { openPrivate, openRegular, syncDirectory } from '../system/files.ts';
import type { BackupEntry } from './entries.ts';

const KEY = /^key\/([a-z0-9][a-z0-9-]{0,100})$/;
const SEGMENT = /^ledger\/\d{6}\.ndjson$/;
const BLOB = /^blobs\/([0-9a-f]{64})$/;
const FILES = ['config.yaml', 'operator.token'] as const;
const CHUNK_BYTES = 1_048_576;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A file as long as it is now: what is appended meanwhile is later than the backup. Nothing where it is gone. */
async function* fileEntry(directory: string, name: string): AsyncGenerator<BackupEntry> {
  const file = await openRegular(join(directory, name)).catch(unlessMissing);
  if (!file) return;
  try {
    const { size } = await file.stat();
    const bytes =
      size === 0
        ? once(new Uint8Array(0))
        : file.createReadStream({ end: size - 1, autoClose: false, highWaterMark: CHUNK_BYTES });
    yield { name, size, bytes };
  } finally {
    await file.close();
  }
}

const namesIn = async (directory: string, below: string, wanted: RegExp): Promise<string[]> => {
  const names = (await readdir(join(directory, below)).catch(unlessMissing)) ?? [];
  return names
    .map((name) => `${below}/${name}`)
    .filter((name) => wanted.test(name))
    .sort();
};

/**
 * Beside the process that serves the home, with no lock. First the ledger up to a moment, then blobs: each was on disk
 * before the line that names it.
 */
export async function* hostEntries(directory: string, keys: KeyStore): AsyncGenerator<BackupEntry> {
  for (const name of FILES) yield* fileEntry(directory, name);
  for (const name of await namesIn(directory, 'ledger', SEGMENT)) yield* fileEntry(directory, name);
  // After the ledger: the key of each statement in it was in the store before that
  for (const name of await keys.list()) {
    const key = await keys.read(name);
    yield { name: `key/${name}`, size: key.length, bytes: once(key) };
  }
  for (const name of await namesIn(directory, 'blobs', BLOB)) yield* fileEntry(directory, name);
}

export type PutHome = { keys: Map<string, Uint8Array>; segments: number; blobs: number; bytes: number };

/** Puts what belongs into a Host's home into an empty directory, and keys into memory. Nothing that it knows is left out unsaid. */
export const putEntries = async (
  directory: string,
  entries: AsyncIterable<BackupEntry>,
  told: (bytes: number) => void = () => {},
): Promise<PutHome> => {
  const put: PutHome = { keys: new Map(), segments: 0, blobs: 0, bytes: 0 };
  for (const below of ['ledger', 'blobs']) await mkdir(join(directory, below), { mode: 0o700 });
  for await (const { name, size, bytes } of entries) {
    const [key, digest] = [KEY.exec(name)?.[1], BLOB.exec(name)?.[1]];
    if (key !== undefined) {
      if (size !== 32) throw foreign(name);
      put.keys.set(key, await whole(bytes));
    } else if (digest !== undefined || SEGMENT.test(name) || FILES.some((one) => one === name)) {
      const found = await putFile(join(directory, name), bytes);
      if (digest !== undefined && found !== digest)
        throw new EntangleError('invalid', `${name} of the backup does not hold what its name says`);
      if (digest !== undefined) put.blobs++;
      if (SEGMENT.test(name)) put.segments++;
    } else throw foreign(name);
    put.bytes += size;
    told(put.bytes);
  }
  for (const below of ['ledger', 'blobs', '.']) await syncDirectory(join(directory, below));
  return put;
};

const foreign = (name: string): EntangleError =>
  new EntangleError('invalid', `the backup holds ${name}, which this version does not know`, {
    hint: 'use the version that made it, or a newer one',
  });

const whole = async (bytes: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const all: Uint8Array[] = [];
  for await (const some of bytes) all.push(some);
  return new Uint8Array(Buffer.concat(all));
};

/** The digest of what is on disk then. */
const putFile = async (path: string, bytes: AsyncIterable<Uint8Array>): Promise<string> => {
  const hash = createHash('sha256');
  const file = await openPrivate(path, CREATE);
  try {
    for await (const some of bytes) {
      hash.update(some);
      await file.writeFile(some);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest('hex');
};

function unlessMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code === 'ENOENT') return undefined;
  throw cause;
}
