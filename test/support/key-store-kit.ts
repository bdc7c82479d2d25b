/** What tests of key stores share: two keys, a directory for stores in files, keyrings that end with the test file. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { encryptedKeyStore } from '../../src/adapters/keys/encrypted.ts';
import type { KeyStore } from '../../src/ports/index.ts';
import { type KeyringSession, startKeyring } from './keyring-session.ts';

export const key = new Uint8Array(32).fill(0x5a);
export const other = new Uint8Array(32).fill(0x5b);
export const random = (n: number): Uint8Array => new Uint8Array(randomBytes(n));
export const code = (name: string) => expect.objectContaining({ name: 'EntangleError', code: name });

export const encryptedIn = (directory: string, passphrase: string): KeyStore =>
  encryptedKeyStore({ directory, passphrase: async () => passphrase, random });

/** To be called once in a test file. */
export const keyStoreKit = () => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-keys-'));
  const sessions: KeyringSession[] = [];
  afterAll(async () => {
    for (const session of sessions) await session.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    directory,
    keyring: async (kind: 'unlocked' | 'none'): Promise<KeyStore> => {
      const session = await startKeyring(kind);
      sessions.push(session);
      return session.store;
    },
  };
};
