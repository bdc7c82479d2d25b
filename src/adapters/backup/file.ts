/** The file of a backup: one line that says what it is and how its key is encrypted (NIP-49), then all else under that key. */
import { Readable } from 'node:stream';
import { isScalar } from '../../core/crypto/checks.ts';
import type { RandomBytes } from '../../core/crypto/suite.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import { decryptKey, encryptKey, MAX_LOG_N, requireNcryptsec } from '../keys/encrypted.ts';
import { createWhole, openRegular } from '../system/files.ts';
import { type BackupEntry, readEntries, writeEntries } from './entries.ts';
import { openPieces, sealPieces } from './sealed.ts';

const FORMAT = 'entangle-host-backup/1';
const HEAD = /^(\S{1,64}) (ncryptsec1\S{1,200})\n/;
const MAX_HEAD_BYTES = 512;

export type BackupFileOptions = { path: string; passphrase: string; random: RandomBytes; logN?: number };

/** How many bytes the file has, which is whole and durable then, and was made. */
export const writeBackup = async (
  { path, passphrase, random, logN = MAX_LOG_N }: BackupFileOptions,
  entries: AsyncIterable<BackupEntry>,
): Promise<number> => {
  const key = newKey(random);
  const head = utf8(`${FORMAT} ${await encryptKey(key, passphrase, random, logN)}\n`);
  async function* all(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* sealPieces(writeEntries(entries), key, head);
  }
  return createWhole(path, Readable.from(all(), { objectMode: false }));
};

/** NIP-49 takes what can be a secret key, and nearly all of 32 bytes can. */
const newKey = (random: RandomBytes): Uint8Array => {
  for (;;) {
    const key = random(32);
    if (isScalar(key)) return key;
  }
};

/** Asks for the passphrase once it is known that the file is a backup. */
export async function* readBackup(
  path: string,
  passphrase: () => Promise<string>,
): AsyncGenerator<BackupEntry> {
  const file = await openRegular(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw new EntangleError('not_found', `no such file: ${path}`, { cause });
    throw cause;
  });
  try {
    const start = Buffer.alloc(MAX_HEAD_BYTES);
    const { bytesRead } = await file.read(start, 0, MAX_HEAD_BYTES, 0);
    const [head, format, ncryptsec] = HEAD.exec(start.subarray(0, bytesRead).toString('latin1')) ?? [];
    if (head === undefined || ncryptsec === undefined) throw noBackup(path);
    if (format !== FORMAT)
      throw new EntangleError('invalid', `${path} is a backup of another version`, {
        hint: 'use the version that made it, or a newer one',
      });
    const key = await decryptKey(requireNcryptsec(ncryptsec), await passphrase());
    const sealed = file.createReadStream({ start: head.length, autoClose: false });
    yield* readEntries(openPieces(sealed, key, utf8(head)));
  } finally {
    await file.close();
  }
}

const noBackup = (path: string): EntangleError =>
  new EntangleError('invalid', `${path} is no backup of a Host`, {
    hint: 'give the file that `entangle host backup FILE` made',
  });
