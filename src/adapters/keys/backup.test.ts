/** A key in a file of its own: what is written, what is not written over, and what nobody is asked a passphrase for. */
import { lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeBytes } from 'nostr-tools/nip19';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { derivedOnce } from '../../../test/support/derived-once.ts';
import { code, key, other, random } from '../../../test/support/key-store-kit.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { backupFile, keyBackupAt } from './backup.ts';
import { decryptKey, encryptKey } from './encrypted.ts';

derivedOnce();
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'backup-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const WORDS = 'correct horse battery';
const at = (name: string): string => join(directory, name);
const backupAt = (name: string, words = WORDS) => {
  const asked: string[] = [];
  const backup = keyBackupAt({
    place: backupFile(at(name), () => readFile(at(name), 'utf8')),
    passphrase: async (purpose) => {
      asked.push(purpose);
      return words;
    },
    random,
    logN: 16,
  });
  return { ...backup, asked };
};

test('it is one line that NIP-49 opens, for its owner alone', async () => {
  const backup = backupAt('mine');
  await backup.create(key);
  const text = await readFile(at('mine'), 'utf8');
  expect(text).toMatch(/^ncryptsec1\S+\n$/);
  expect(text).not.toContain(toHex(key));
  expect(await decryptKey(text.trim(), WORDS)).toEqual(key);
  if (process.platform !== 'win32') expect((await stat(at('mine'))).mode & 0o777).toBe(0o600);
  expect(await backup.read()).toEqual(key);
  expect(backup.asked).toEqual(['create', 'read']);
});

test('as this program writes it, opening costs what it takes at most', async () => {
  const path = at('dear');
  const text = () => readFile(path, 'utf8');
  await keyBackupAt({ place: backupFile(path, text), passphrase: async () => WORDS, random }).create(key);
  // log_n stands in the second byte: 18 of the greatest that is read
  const bits = [...(await text()).slice(10, 14)].map((c) => 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'.indexOf(c));
  const [a, b, c, d] = bits as [number, number, number, number];
  expect((((a << 15) | (b << 10) | (c << 5) | d) >> 4) & 0xff).toBe(18);
});

test('nothing is written over, be it a link to nowhere, and nobody is asked for that', async () => {
  await writeFile(at('taken'), 'mine', { mode: 0o644 });
  await symlink(at('nowhere'), at('dangling'));
  for (const name of ['taken', 'dangling']) {
    const backup = backupAt(name);
    await expect(backup.create(key)).rejects.toThrow(code('conflict'));
    expect(backup.asked).toEqual([]);
  }
  expect(await readFile(at('taken'), 'utf8')).toBe('mine');
  await expect(lstat(at('nowhere'))).rejects.toThrow('ENOENT');
});

test('a file that does not give the key back is no backup', async () => {
  const another = `${await encryptKey(other, WORDS, random)}\n`;
  const options = { passphrase: async () => WORDS, random, logN: 16 };
  const place = backupFile(at('lying'), async () => another);
  await expect(keyBackupAt({ ...options, place }).create(key)).rejects.toMatchObject({
    code: 'unavailable',
    message: `${at('lying')} did not keep the key`,
  });
});

test('without a passphrase, or where the place is none, there is no file', async () => {
  await expect(backupAt('empty', '').create(key)).rejects.toThrow(code('invalid'));
  await expect(backupAt('none/mine').create(key)).rejects.toThrow(code('not_found'));
  expect((await readdir(directory)).filter((name) => /empty|none|\.new/.test(name))).toEqual([]);
});

const whole = await encryptKey(key, WORDS, random);
const costing = (logN: number, version = 2): string =>
  encodeBytes('ncryptsec', Uint8Array.from([version, logN, ...new Uint8Array(89)]));
test.each([
  ['nothing', '', /no encrypted key/],
  ['half of it', whole.slice(0, 80), /not all of it/],
  [
    'one character changed',
    `${whole.slice(0, 50)}${whole[50] === 'q' ? 'p' : 'q'}${whole.slice(51)}`,
    /not all/,
  ],
  ['two of them', `${whole}\n${whole}`, /no encrypted key/],
  ['a bare key', `nsec1${'q'.repeat(58)}`, /bare secret key/],
  ['a key as this program keeps it in a file', `${toHex(key)}\n`, /bare secret key/],
  ['a public key', `npub1${'q'.repeat(58)}`, /no encrypted key/],
  ['an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\n', /no encrypted key/],
  ['another version', costing(16, 1), /no encrypted key/],
  ['too little work', costing(15), /log_n 15; 16 to 18/],
  ['a GiB of memory', costing(20), /log_n 20; 16 to 18 is accepted, which takes at most 256 MiB/],
  ['more memory than there is', costing(255), /log_n 255/],
])('of %s nobody is asked the passphrase', async (what, text, words) => {
  const name = what.replaceAll(' ', '-');
  await writeFile(at(name), text);
  const backup = backupAt(name);
  const error = await backup.read().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'invalid', message: expect.stringMatching(words) });
  expect(JSON.stringify([error, (error as Error).message])).not.toContain(toHex(key));
  expect(backup.asked).toEqual([]);
});

test('a wrong passphrase is told as damage is', async () => {
  await writeFile(at('given'), ` ${whole}\r\n`);
  await expect(backupAt('given', 'wrong horse battery').read()).rejects.toThrow(
    'wrong passphrase, or a damaged',
  );
  expect(await backupAt('given').read()).toEqual(key);
});
