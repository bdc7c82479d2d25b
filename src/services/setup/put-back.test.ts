/** T166 The key of a Host comes back into the store that lost it: what is proved before, and what is never taken out. */
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/sim/memory-home.ts';
import { memoryKeyStore } from '../../../test/sim/memory-machine.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStore } from '../../ports/index.ts';
import { type KeyHome, type PutBackGiven, putBackKey } from './key-backup.ts';

const key = seededRandom('host')(32);
const other = seededRandom('another')(32);
const log = seededRandom('log')(32);
const npubOf = (secretKey: Uint8Array): string => npub(toHex(suiteWasm.publicKey(secretKey)));
const GIVEN: PutBackGiven = { npub: npubOf(key), aux: new Uint8Array(32), replace: false };
const backupOf = (secretKey: Uint8Array) => ({ read: async () => secretKey });

/** A store in which `damaged` do not open: whoever reads them is told what a wrong passphrase tells. */
const homeWith = (entries: Record<string, Uint8Array>, damaged: string[] = []) => {
  const map = new Map(Object.entries(entries));
  const shut = new Set(damaged);
  const store = memoryKeyStore(map);
  const keys: KeyStore = {
    ...store,
    async read(name) {
      if (shut.has(name)) throw new EntangleError('invalid', 'wrong passphrase, or a damaged key');
      return store.read(name);
    },
    async remove(name) {
      await store.remove(name);
      shut.delete(name);
    },
  };
  const home: KeyHome = { keys, suite: suiteWasm, name: 'host', exportWith: 'export it' };
  return { map, home };
};

test('a key that is missing is put back, beside the others, and nothing else is left', async () => {
  const { map, home } = homeWith({ log });
  expect(await putBackKey(home, backupOf(key), GIVEN)).toBe(true);
  expect(map).toEqual(new Map([...Object.entries({ log, host: key })]));
});

test('a key that is there stays, and is proved; what a killed import left goes', async () => {
  const { map, home } = homeWith({ host: key, 'proof-of-import': key });
  expect(await putBackKey(home, backupOf(key), GIVEN)).toBe(false);
  expect(map).toEqual(new Map([['host', key]]));
});

test.each([
  ['a backup of another key', {}, [], other, true, 'invalid', 'the backup opens, and is of another key'],
  ['another key that opens', { host: other }, [], key, true, 'conflict', 'another key lies in the key store'],
  [
    'one that does not open, unasked',
    { host: other },
    ['host'],
    key,
    false,
    'conflict',
    'does not open: wrong',
  ],
  ['a passphrase that opens nothing else', { log }, ['log'], key, true, 'conflict', 'key "log" beside it'],
] as const)(
  '%s is refused, and nothing changes',
  async (_what, entries, shut, from, replace, code, words) => {
    const { map, home } = homeWith(entries, [...shut]);
    const before = new Map(map);
    await expect(putBackKey(home, backupOf(from), { ...GIVEN, replace })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(words),
    });
    expect(map).toEqual(before);
  },
);

test('a store that cannot be asked is not taken for one without the key', async () => {
  const { map, home } = homeWith({});
  const read = () => Promise.reject(new EntangleError('unavailable', 'the keyring did not answer'));
  const locked = { ...home, keys: { ...home.keys, read } };
  await expect(putBackKey(locked, backupOf(key), GIVEN)).rejects.toMatchObject({ code: 'unavailable' });
  expect([...map]).toEqual([]);
});

test('one that does not open is taken out only after the store gave back what comes in its place', async () => {
  const { map, home } = homeWith({ host: other }, ['host']);
  const keeps = async (name: string) => void map.set(name, other);
  const lying = { ...home, keys: { ...home.keys, create: keeps } };
  await expect(putBackKey(lying, backupOf(key), { ...GIVEN, replace: true })).rejects.toThrow(
    'gives back another key',
  );
  expect(map.get('host')).toEqual(other);
  expect(await putBackKey(home, backupOf(key), { ...GIVEN, replace: true })).toBe(true);
  expect(map).toEqual(new Map([['host', key]]));
});

describe('killed after any step of it, and begun again', () => {
  /** Does so many things to the store, and dies before the next. */
  const dyingAfter = (home: KeyHome, steps: number): KeyHome => {
    let left = steps;
    const step = <T>(work: () => Promise<T>): Promise<T> =>
      left-- > 0 ? work() : Promise.reject(new Error('killed'));
    const { create, read, remove, list } = home.keys;
    const keys: KeyStore = {
      kind: 'file',
      create: (name, secretKey) => step(() => create(name, secretKey)),
      read: (name) => step(() => read(name)),
      remove: (name) => step(() => remove(name)),
      list: () => step(list),
    };
    return { ...home, keys };
  };

  test.each([
    ['a missing key', { log }, [] as string[]],
    ['a damaged key', { log, host: other }, ['host']],
  ])('%s comes back', async (_what, entries, shut) => {
    let killed = 0;
    for (let steps = 0; ; steps++) {
      const { map, home } = homeWith(entries, shut);
      const given = { ...GIVEN, replace: true };
      const first = await putBackKey(dyingAfter(home, steps), backupOf(key), given).catch(String);
      if (typeof first === 'string') {
        killed++;
        expect(first).toBe('Error: killed');
        await putBackKey(home, backupOf(key), given);
      }
      expect(map).toEqual(new Map(Object.entries({ log, host: key })));
      if (first === true) break;
    }
    expect(killed).toBeGreaterThan(6);
  });
});
