/** A key that leaves its home and comes into another: what is proved, and what is left where it is not. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type * as z from 'zod';
import { seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { readConfig, writeConfig } from '../../cli/wiring/home-config.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { KeyStore } from '../../ports/index.ts';
import { exportKey, type KeyHome, verifyBackup } from './key-backup.ts';
import { importNewcomer, initNewcomer, type SetupTools } from './setup.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'key-backup-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const WANTED = { kind: 'user', name: 'alice', settings: null } as const;
const toolsIn = (name: string, keys?: KeyStore): SetupTools => {
  const directory = join(root, name);
  return {
    keys: keys ?? fileKeyStore(join(directory, 'keys')),
    suite: suiteWasm,
    random: { bytes: seededRandom(directory) },
    clock: virtualClock().clock,
    directory,
    makeDirectory: () => systemFiles.directory(directory),
    readConfig: () => readConfig(directory),
    writeConfig: <S extends z.ZodType>(schema: S, value: z.input<S>) => writeConfig(directory, schema, value),
  };
};
const keyHome = (tools: SetupTools): KeyHome => ({ ...tools, name: 'user', exportWith: 'export it' });
/** A file of one key, in memory; how often it was read. */
const memoryBackup = () => {
  let kept: Uint8Array | null = null;
  const backup = {
    reads: 0,
    async requireFree() {},
    async create(secretKey: Uint8Array) {
      kept = secretKey.slice();
    },
    async read() {
      backup.reads++;
      if (kept === null) throw new EntangleError('invalid', 'wrong passphrase');
      return kept;
    },
  };
  return backup;
};
const files = (name: string): string[] =>
  readdirSync(root).includes(name)
    ? readdirSync(join(root, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name)
        .sort()
    : [];

test('the key goes out, is proved, and makes another home that is the same person', async () => {
  const [old, fresh, other] = ['old', 'fresh', 'other'].map((name) => toolsIn(name)) as [
    SetupTools,
    SetupTools,
    SetupTools,
  ];
  const { npub: mine } = await initNewcomer(old, WANTED);
  const backup = memoryBackup();
  expect(await exportKey(keyHome(old), backup)).toBe(mine);
  expect(await verifyBackup(keyHome(old), backup)).toBe(mine);
  expect(await importNewcomer(fresh, WANTED, backup)).toEqual({ npub: mine, name: 'alice' });
  expect(await fresh.keys.read('user')).toEqual(await old.keys.read('user'));
  expect(await readConfig(join(root, 'fresh'))).toEqual({
    kind: 'user',
    name: 'alice',
    keys: 'file',
    settings: null,
  });
  const { npub: another } = await initNewcomer(other, WANTED);
  await expect(verifyBackup(keyHome(other), backup)).rejects.toMatchObject({
    code: 'invalid',
    message: `the backup opens, and is of another key: ${mine}`,
    hint: expect.stringContaining(another),
  });
});

test('a home that is there keeps its key, and nobody is asked for the backup', async () => {
  const tools = toolsIn('old');
  const { npub: mine } = await initNewcomer(tools, WANTED);
  const backup = memoryBackup();
  await backup.create(seededRandom('another')(32));
  await expect(importNewcomer(tools, WANTED, backup)).rejects.toMatchObject({
    code: 'conflict',
    message: 'this home already has a user',
    hint: expect.stringContaining('never replaced'),
  });
  expect(backup.reads).toBe(0);
  expect(npub(toHex(suiteWasm.publicKey(await tools.keys.read('user'))))).toBe(mine);
});

test('a backup that does not open makes nothing', async () => {
  await expect(importNewcomer(toolsIn('fresh'), WANTED, memoryBackup())).rejects.toThrow('wrong passphrase');
  expect(files('fresh')).toEqual([]);
});

test('a key store that gives back another key is told of, and nothing is left of the home', async () => {
  const real = fileKeyStore(join(root, 'fresh', 'keys'));
  const tools = toolsIn('fresh', { ...real, read: async () => seededRandom('another')(32) });
  const backup = memoryBackup();
  await backup.create(seededRandom('mine')(32));
  await expect(importNewcomer(tools, WANTED, backup)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the key store gives back another key than it was given',
  });
  expect(files('fresh')).toEqual([]);
});

test('where the place of the backup is taken the key is not even read: its store may ask for a passphrase', async () => {
  const tools = toolsIn('old');
  await initNewcomer(tools, WANTED);
  let reads = 0;
  const read = async (name: string) => {
    reads++;
    return tools.keys.read(name);
  };
  const backup = {
    ...memoryBackup(),
    requireFree: () => Promise.reject(new EntangleError('conflict', 'taken')),
  };
  await expect(exportKey(keyHome({ ...tools, keys: { ...tools.keys, read } }), backup)).rejects.toThrow(
    'taken',
  );
  expect(reads).toBe(0);
});

describe('a key that lies there without its home', () => {
  /** As a process leaves it that is killed after its key, and before its config. */
  const cutOff = async (name: string) => {
    const made = memoryBackup();
    const tools = toolsIn(name);
    await initNewcomer(tools, WANTED);
    await made.create(await tools.keys.read('user'));
    rmSync(join(root, name, 'config.yaml'));
    expect(await tools.readConfig()).toBeUndefined();
    return { tools, made };
  };

  test('is taken over by an import of its backup, and of no other', async () => {
    const { tools, made } = await cutOff('left');
    const other = memoryBackup();
    await other.create(new Uint8Array(32).fill(7));
    const before = await tools.keys.read('user');
    await expect(importNewcomer(tools, WANTED, other)).rejects.toMatchObject({ code: 'conflict' });
    expect(await tools.keys.read('user')).toEqual(before);
    const failing = { ...tools, writeConfig: () => Promise.reject(new Error('no room')) };
    await expect(importNewcomer(failing, WANTED, made)).rejects.toThrow('no room');
    expect(await tools.keys.read('user')).toEqual(before);
    const imported = await importNewcomer(tools, WANTED, made);
    expect(imported.npub).toBe(npub(toHex(suiteWasm.publicKey(before))));
    expect(await tools.readConfig()).toMatchObject({ kind: 'user', name: 'alice' });
  });

  test.each(['file', 'keyring'] as const)('is named to whoever makes a new one: %s', async (kind) => {
    const { tools } = await cutOff('left');
    const keys = { ...tools.keys, kind };
    await expect(initNewcomer({ ...tools, keys }, WANTED)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(tools.directory),
      hint: expect.stringContaining(
        kind === 'file' ? `delete ${tools.directory}` : 'delete it in the keyring',
      ),
    });
  });
});
