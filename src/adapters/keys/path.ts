/** Private files of key stores: what `file.ts` and `encrypted.ts` share. */

import { constants } from 'node:fs';
import { open, readdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isScalar } from '../../core/crypto/checks.ts';
import { fits } from '../../core/encoding/grammar.ts';
import { EntangleError } from '../../core/errors.ts';
import { KEY_NAME } from '../../core/grammars.ts';
import { syncDirectory, systemFiles } from '../system/files.ts';

const POSIX = process.platform !== 'win32';

/** Throws `invalid` for a name that could leave the directory or hide in it. */
export function requireKeyName(name: string): void {
  if (!fits(KEY_NAME, name)) {
    throw new EntangleError('invalid', 'not a key name', { hint: `write ${KEY_NAME.rule}` });
  }
}

/** Throws `invalid` for bytes that are no secp256k1 secret key; never prints them. */
export function requireSecretKey(secretKey: Uint8Array): void {
  if (!isScalar(secretKey)) throw new EntangleError('invalid', 'not a secret key');
}

export const missingKey = (name: string): EntangleError =>
  new EntangleError('not_found', `no key "${name}" in this key store`);

export const existingKey = (name: string): EntangleError =>
  new EntangleError('conflict', `key "${name}" already exists`, {
    hint: 'use another name, or remove the key first',
  });

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

/**
 * Writes a new 0600 file, durably; `conflict` where anything has that name, be it a dangling link. Whole or not at all:
 * a crash leaves no file that is there and holds no key.
 */
export async function createPrivateFile(path: string, name: string, text: string): Promise<void> {
  try {
    // Judged before a secret is in it: not a link, not another user's, not open to others
    await systemFiles.directory(dirname(path));
    await systemFiles.create(path, text);
  } catch (cause) {
    throw codeOf(cause) === 'conflict' ? existingKey(name) : unusable(cause);
  }
}

/** Text of a file that is regular, ours and closed to others, at most `limit` bytes; `invalid` otherwise. */
export async function readPrivateFile(path: string, name: string, limit: number): Promise<string> {
  // O_NONBLOCK: opening a pipe that somebody put there must not wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') throw missingKey(name);
    if (codeOf(cause) === 'ELOOP') throw new EntangleError('invalid', `key file is a symbolic link: ${path}`);
    throw unusable(cause);
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new EntangleError('invalid', `not a regular file: ${path}`);
    if (POSIX && stat.uid !== process.getuid?.()) {
      throw new EntangleError('invalid', `key file belongs to another user: ${path}`);
    }
    if (POSIX && (stat.mode & 0o077) !== 0) {
      throw new EntangleError('invalid', `key file is open to others: ${path}`, {
        hint: `run \`chmod 600 ${path}\`, if nobody else has read the key`,
      });
    }
    if (stat.size > limit) throw new EntangleError('invalid', `key file is too long: ${path}`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

export async function removePrivateFile(path: string, name: string): Promise<void> {
  await unlink(path).catch((cause: unknown) => {
    throw codeOf(cause) === 'ENOENT' ? missingKey(name) : unusable(cause);
  });
  await syncDirectory(dirname(path));
}

/** Names of the keys in a directory, sorted; other files are passed over, a missing directory has none. */
export async function listKeyNames(directory: string, extension: string): Promise<string[]> {
  const files = await readdir(directory).catch((cause: unknown) => {
    if (codeOf(cause) === 'ENOENT') return [];
    throw unusable(cause);
  });
  return files
    .filter((file) => file.endsWith(extension))
    .map((file) => file.slice(0, -extension.length))
    .filter((name) => fits(KEY_NAME, name))
    .sort();
}

export const keyPath = (directory: string, name: string, extension: string): string => {
  requireKeyName(name);
  return join(directory, `${name}${extension}`);
};

const unusable = (cause: unknown): EntangleError =>
  cause instanceof EntangleError
    ? cause
    : new EntangleError('unavailable', `key store cannot be used: ${whyOf(cause)}`, {
        hint: 'check the disk, its free space and the permissions of that path',
        cause,
      });

const whyOf = (cause: unknown): string => {
  const { path, code } = (cause ?? {}) as NodeJS.ErrnoException;
  return [path, code ?? 'error'].filter(Boolean).join(': ');
};
