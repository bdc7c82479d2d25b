/** How homes are made: over real files, so that what a refusal leaves behind is seen. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type * as z from 'zod';
import { seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { systemFiles } from '../../adapters/system/files.ts';
import { readConfig, writeConfig } from '../../cli/wiring/home-config.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { tokenDigest } from '../../core/host-api/token.ts';
import type { HostConfig } from './config.ts';
import { initHost, initNewcomer } from './setup.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'setup-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const toolsOf = () => ({
  keys: fileKeyStore(join(directory, 'keys')),
  suite: suiteWasm,
  random: { bytes: seededRandom(directory) },
  clock: virtualClock().clock,
  files: systemFiles,
  directory,
  makeDirectory: () => systemFiles.directory(directory),
  readConfig: () => readConfig(directory),
  writeConfig: <S extends z.ZodType>(schema: S, value: z.input<S>) => writeConfig(directory, schema, value),
});
const secretFiles = () => ({
  token: join(directory, 'operator.token'),
  recovery: join(directory, 'recovery.key'),
});
/** Everything that is written in the home, as one text. */
const written = (): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

const wanted = { name: 'acme', relays: ['wss://relay.example.org'], members: true, leaseMs: 60_000 };
const alice = { kind: 'user', name: 'alice', settings: null } as const;
test('a new Host is known by its key; its token and its recovery key are in their files only', async () => {
  const tools = toolsOf();
  const made = await initHost(tools, wanted, secretFiles());
  const [token, recoveryKey] = Object.values(secretFiles()).map((path) => {
    const text = readFileSync(path, 'utf8').trim();
    rmSync(path);
    return text;
  }) as [string, string];
  const config = (await readConfig(directory)) as HostConfig;
  const pubkey = toHex(suiteWasm.publicKey(await tools.keys.read('host')));
  expect([made.npub, made.graph]).toEqual([npub(pubkey), `${pubkey}/acme`]);
  expect(config).toMatchObject({
    graph: made.graph,
    bootstrap: tokenDigest(suiteWasm, token),
    recovery: toHex(suiteWasm.sha256(suiteWasm.publicKey(fromHex(recoveryKey)))),
  });
  expect(written()).not.toContain(token);
  expect(written()).not.toContain(recoveryKey);
});

test('a home is made once, whoever it is for', async () => {
  const tools = toolsOf();
  await initNewcomer(tools, alice);
  const before = written();
  const conflict = { code: 'conflict', hint: expect.stringContaining(directory) };
  await expect(initHost(tools, wanted, secretFiles())).rejects.toMatchObject(conflict);
  await expect(initNewcomer(tools, { ...alice, name: 'bob' })).rejects.toMatchObject(conflict);
  const builder = { kind: 'runner' as const, name: 'builder', settings: null };
  await expect(initNewcomer(tools, builder)).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining('`entangle runner config set`'),
  });
  expect(written()).toBe(before);
});

test('the home of a Host is not made somebody else’s', async () => {
  const tools = toolsOf();
  await initHost(tools, wanted, secretFiles());
  const before = written();
  await expect(initNewcomer(tools, alice)).rejects.toMatchObject({ code: 'conflict' });
  expect([written(), await tools.keys.list()]).toEqual([before, ['host']]);
});

test('what could not be served leaves nothing behind, not even a key', async () => {
  const tools = toolsOf();
  const many = Array.from({ length: 9 }, (_, i) => `wss://relay${i}.example.org`);
  for (const bad of [
    { name: 'Acme Corp' },
    { relays: many },
    { relays: [] },
    { leaseMs: 7_200_000 },
    { leaseMs: 1 },
  ])
    await expect(initHost(tools, { ...wanted, ...bad }, secretFiles())).rejects.toMatchObject({
      code: 'usage',
    });
  await expect(initNewcomer(tools, { ...alice, name: 'build_1' })).rejects.toMatchObject({ code: 'usage' });
  expect([written(), await tools.keys.list()]).toEqual(['', []]);
});

test.each(['token', 'recovery'] as const)(
  'a %s file that is there already: no Host, and nothing of it',
  async (which) => {
    const tools = toolsOf();
    await systemFiles.create(secretFiles()[which], 'another');
    await expect(initHost(tools, wanted, secretFiles())).rejects.toMatchObject({ code: 'conflict' });
    expect([written(), await tools.keys.list()]).toEqual(['another', []]);
    expect(await readConfig(directory)).toBeUndefined();
  },
);

test('a key store that fails leaves no token of a Host that is not there', async () => {
  const tools = toolsOf();
  await tools.keys.create('host', tools.random.bytes(32));
  const before = written();
  await expect(initHost(tools, wanted, secretFiles())).rejects.toMatchObject({ code: 'conflict' });
  expect(written()).toBe(before);
});

test('a disk that takes no config leaves neither a key nor a token: the next try makes the Host', async () => {
  const tools = toolsOf();
  const full = {
    ...tools,
    writeConfig: async () => {
      throw new EntangleError('unavailable', 'no space left');
    },
  };
  await expect(initHost(full, wanted, secretFiles())).rejects.toMatchObject({ code: 'unavailable' });
  await expect(initNewcomer(full, alice)).rejects.toMatchObject({ code: 'unavailable' });
  expect([written(), await tools.keys.list()]).toEqual(['', []]);
  const made = await initHost(tools, wanted, secretFiles());
  const config = (await readConfig(directory)) as HostConfig;
  const token = readFileSync(secretFiles().token, 'utf8').trim();
  expect([config.graph, config.bootstrap]).toEqual([made.graph, tokenDigest(suiteWasm, token)]);
});

test('a home that others can write to is refused before a key is in it', async () => {
  const tools = toolsOf();
  chmodSync(directory, 0o777);
  await expect(initHost(tools, wanted, secretFiles())).rejects.toMatchObject({ code: 'invalid' });
  await expect(initNewcomer(tools, alice)).rejects.toMatchObject({ code: 'invalid' });
  expect(readdirSync(directory)).toEqual([]);
});
