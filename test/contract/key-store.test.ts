/** What every key store promises: files, encrypted files, the OS keyring where there is one, and memory. */
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fileKeyStore } from '../../src/adapters/keys/file.ts';
import type { KeyStore } from '../../src/ports/index.ts';
import { memoryKeyStore } from '../sim/memory-machine.ts';
import { derivedOnce } from '../support/derived-once.ts';
import { code, encryptedIn, key, keyStoreKit, other } from '../support/key-store-kit.ts';
import { hasKeyring } from '../support/keyring-session.ts';

derivedOnce();
const { directory, keyring } = keyStoreKit();
const makers: [string, () => Promise<KeyStore>][] = [
  ['file', async () => fileKeyStore(join(directory, 'file'))],
  ['encrypted', async () => encryptedIn(join(directory, 'encrypted'), 'p')],
  ['memory', async () => memoryKeyStore(new Map())],
];
if (hasKeyring()) makers.push(['keyring', () => keyring('unlocked')]);
else console.log('passed over: the OS keyring (gnome-keyring-daemon or dbus-run-session is not here)');

describe.each(makers)('key store: %s', (kind, make) => {
  let store: KeyStore;
  beforeAll(async () => {
    store = await make();
  });

  test('keeps what it was given, until it is removed', async () => {
    expect(store.kind).toBe(kind === 'memory' ? 'file' : kind);
    expect(await store.list()).toEqual([]);
    await store.create('host', key);
    await store.create('a-2_B', other);
    expect(await store.read('host')).toEqual(key);
    expect(await store.read('a-2_B')).toEqual(other);
    expect(await store.list()).toEqual(['a-2_B', 'host']);
    await store.remove('a-2_B');
    expect(await store.list()).toEqual(['host']);
    await expect(store.read('a-2_B')).rejects.toThrow(code('not_found'));
  });

  test('never overwrites, be it at the same moment', async () => {
    await expect(store.create('host', other)).rejects.toThrow(code('conflict'));
    expect(await store.read('host')).toEqual(key);
    const outcomes = await Promise.allSettled([store.create('race', key), store.create('race', other)]);
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
    const winner = outcomes[0]?.status === 'fulfilled' ? key : other;
    expect(await store.read('race')).toEqual(winner);
  });

  test('what is not there is not found', async () => {
    await expect(store.read('nobody')).rejects.toThrow(code('not_found'));
    await expect(store.remove('nobody')).rejects.toThrow(code('not_found'));
  });

  test.each([
    '',
    '.',
    '..',
    '../host',
    'a/b',
    'a\\b',
    '.hidden',
    'a\0b',
    'a.key',
    ' a',
    'é',
    'x'.repeat(101),
  ])('refuses the name %j', async (name) => {
    await expect(store.create(name, key)).rejects.toThrow(code('invalid'));
    await expect(store.read(name)).rejects.toThrow(code('invalid'));
    await expect(store.remove(name)).rejects.toThrow(code('invalid'));
  });

  test.each([
    new Uint8Array(31).fill(1),
    new Uint8Array(33).fill(1),
    new Uint8Array(32),
    new Uint8Array(32).fill(0xff),
  ])('refuses bytes that are no secret key (%#)', async (bad) => {
    await expect(store.create('bad', bad)).rejects.toThrow(code('invalid'));
    await expect(store.read('bad')).rejects.toThrow(code('not_found'));
  });

  test('gives a copy', async () => {
    const given = key.slice();
    await store.create('copy', given);
    given.fill(0);
    (await store.read('copy')).fill(0);
    expect(await store.read('copy')).toEqual(key);
  });
});
