/** Which of what a command reads can come from stdin. */
import { expect, test } from 'vitest';
import { importedText, importKey, keepKey } from './key-backup.ts';

const GIVEN = { user: 'alice', keys: 'file', 'no-input': true } as const;
const at = (): string => '/nowhere';
const PATHS = { root: at(), parents: [], host: at(), relay: at(), runner: at, user: at };

test.each([
  ['a backup and its passphrase', '-', undefined, '-'],
  ['a backup and the passphrase of the key store', '-', '-', undefined],
  ['both passphrases', 'file', '-', '-'],
])('not both of %s', async (_what, file, own, words) => {
  const flags = { ...GIVEN, 'passphrase-file': own, 'backup-passphrase-file': words };
  const refusal = { code: 'usage', message: 'only one of backup and passphrases can come from stdin' };
  await expect(importKey(PATHS, file, flags)).rejects.toMatchObject(refusal);
  await expect(keepKey(PATHS, file, { ...flags, verify: true })).rejects.toMatchObject(refusal);
});

test('a backup that goes to stdout leaves stdin to its passphrase', async () => {
  const flags = { ...GIVEN, 'passphrase-file': undefined, 'backup-passphrase-file': '-', verify: false };
  await expect(keepKey(PATHS, '-', flags)).rejects.toMatchObject({ code: 'not_found' });
});

test('who has their key back is told of what the old home goes on doing', () => {
  const text = importedText({ name: 'default', npub: 'npub1a', keys: 'file' });
  expect(text).toMatch(/old home still runs, stop it/);
  expect(text).toMatch(/Grants that the old home signed answer repeats until they end, within 1d/);
});
