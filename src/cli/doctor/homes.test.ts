/** Homes that are sound, and homes with one thing wrong each: what is said, and what to do. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { keepNoPlace } from '../../adapters/system/home-place.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { hostConfig, runnerConfig, userConfig } from '../../services/setup/config.ts';
import { resolveHome } from '../kit/settings.ts';
import { writeConfig } from '../wiring/home-config.ts';
import { homeFindings, unlessBarred } from './homes.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'entangle-doctor-'));
});
afterEach(() => rmSync(root, { recursive: true }));
const paths = () => resolveHome(root, {}, '/');
const found = async () => {
  const all = await homeFindings(paths(), { input: false });
  return Object.fromEntries(all.map((one) => [`${one.of} ${one.check}`, one]));
};
/** Where nobody listens. */
const closedRelay = async (): Promise<string> => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return `ws://127.0.0.1:${port}`;
};
const KEY = new Uint8Array(32).fill(7);
const GRAPH = `${toHex(suiteWasm.publicKey(KEY))}/acme`;
const base = async () => ({
  ...{ graph: GRAPH, keys: 'file' as const, stream: 'f0'.repeat(16), relays: [await closedRelay()] },
  recovery: 'cd'.repeat(32),
});
const host = async (at = paths().host) => {
  const settings = await base();
  const value = { kind: 'host' as const, ...settings, leaseMs: 60_000, bootstrap: null, members: true };
  await writeConfig(at, hostConfig, value);
  return settings.relays[0]!;
};
const withKey = (directory: string, name: string) => fileKeyStore(join(directory, 'keys')).create(name, KEY);

test('where there is none, what to do is said', async () => {
  expect(await found()).toEqual({
    'machine home': expect.objectContaining({
      state: 'warning',
      mend: expect.stringMatching(/`entangle up`.*`entangle runner init`/),
    }),
  });
});

test('a Host that nobody serves, whose relay is gone: its key and settings hold', async () => {
  const relay = await host();
  await withKey(paths().host, 'host');
  const all = await found();
  expect(all).toMatchObject({
    'host default settings': { state: 'ok', words: expect.stringContaining(GRAPH) },
    'host default key': { state: 'ok', words: expect.stringMatching(/^npub1.*, kept in file$/) },
    'host default recovery key': { state: 'ok', words: `sha256:${'cd'.repeat(32)}, pinned by whoever joins` },
    'host default disk': { state: 'ok' },
    'host default epoch': { state: 'ok', words: 'it has not served yet' },
    'host default process': { state: 'warning', mend: 'start it with `entangle host serve`' },
    [`host default ${relay}`]: {
      ...{ state: 'problem', words: expect.stringContaining('ECONNREFUSED') },
      mend: expect.stringContaining(`\`entangle relay serve --port ${new URL(relay).port}\``),
    },
  });
  expect(Object.keys(all)).toHaveLength(7);
});

test('T170 a recovery key that lies beside the key that it is to replace is told of, but in a home of `up`', async () => {
  await host();
  writeFileSync(join(paths().host, 'recovery.key'), '');
  expect((await found())['host default recovery key']).toMatchObject({
    state: 'warning',
    mend: expect.stringContaining('authority status --recovery-key-file'),
  });
  writeFileSync(join(root, 'up.json'), JSON.stringify({ repository: '/srv/app' }));
  expect((await found())['host default recovery key']).toMatchObject({ state: 'ok' });
});

test('a Host that was restored or copied since it served is a problem, with the command by which it goes on', async () => {
  await host();
  await keepNoPlace(paths().host);
  expect((await found())['host default epoch']).toMatchObject({
    ...{ state: 'problem', words: expect.stringContaining('was copied, moved or restored') },
    mend: expect.stringContaining(`\`entangle host serve --take-over --home ${root}\``),
  });
  // `host serve` alone would be refused
  expect((await found())['host default process']).toMatchObject({ state: 'ok', mend: null });
});

test('one of several in a home is mended by its name', async () => {
  await host(resolveHome(root, {}, '/', 'acme').host);
  expect((await found())['host acme process']!.mend).toBe('start it with `entangle host serve --host acme`');
});

test('a home of `up` is started by `up`', async () => {
  const relay = await host();
  await withKey(paths().host, 'host');
  writeFileSync(join(root, 'up.json'), JSON.stringify({ repository: '/srv/app' }));
  const all = await found();
  expect(all['host default process']!.mend).toBe('start it with `entangle up` in /srv/app');
  expect(all[`host default ${relay}`]!.mend).toBe('start it with `entangle up` in /srv/app');
});

test('a key that is gone, and one under a passphrase that nobody gave', async () => {
  await host();
  expect((await found())['host default key']).toMatchObject({
    state: 'problem',
    mend: expect.stringContaining('entangle host authority import'),
  });
  const directory = paths().user('ann');
  const member = { name: 'ann', host: 'ef'.repeat(32), invite: null, ticket: null };
  const settings = { kind: 'user' as const, ...(await base()), ...member, keys: 'encrypted' as const };
  await writeConfig(directory, userConfig, settings);
  expect((await found())['user ann key']).toMatchObject({ state: 'problem' });
  mkdirSync(join(directory, 'keys'), { mode: 0o700 });
  writeFileSync(join(directory, 'keys/user.ncryptsec'), 'ncryptsec1', { mode: 0o600 });
  const all = await found();
  expect(all['user ann key']).toMatchObject({
    state: 'ok',
    words: expect.stringContaining('--passphrase-file'),
  });
  expect(Object.keys(all).filter((one) => one.startsWith('user ann'))).toEqual([
    'user ann settings',
    'user ann key',
    'user ann recovery key',
    'user ann disk',
  ]);
  // To be compared with what `host authority status` shows
  expect(all['user ann recovery key']!.words).toBe(`sha256:${'cd'.repeat(32)}, pinned when it joined`);
});

test('settings that are none, and a directory that others write, end the look at that home alone', async () => {
  await host();
  await withKey(paths().host, 'host');
  mkdirSync(paths().runner('r1'), { recursive: true });
  writeFileSync(join(paths().runner('r1'), 'config.yaml'), 'kind: nothing');
  mkdirSync(paths().user('bob'), { recursive: true, mode: 0o700 });
  const all = await found();
  expect(all['runner r1 settings']).toMatchObject({
    state: 'problem',
    words: expect.stringContaining('config.yaml'),
  });
  expect(all['user bob settings']).toMatchObject({
    state: 'problem',
    mend: expect.stringContaining('user init'),
  });
  expect(all['host default settings']).toMatchObject({ state: 'ok' });
  expect(Object.keys(all).filter((one) => one.startsWith('runner'))).toEqual(['runner r1 settings']);
});

test('a runner that heard of no trust is told who gives it, and by which words', async () => {
  const directory = paths().runner('default');
  const member = { name: 'build-1', host: 'ef'.repeat(32), invite: null, ticket: null };
  const offer = { labels: {}, sandbox: ['none' as const], capacity: 1, protocols: ['ssh' as const] };
  const settings = { ...(await base()), ...member, ...offer, repositoryHooks: false };
  await writeConfig(directory, runnerConfig, { kind: 'runner', ...settings });
  await withKey(directory, 'runner');
  const all = await found();
  expect(all['runner default sandbox']).toMatchObject({
    state: 'ok',
    words: expect.stringMatching(/^none: /),
  });
  expect(all['runner default trust']).toMatchObject({
    ...{ state: 'warning', words: 'is not trusted yet, as far as it has heard: nothing runs on it' },
    mend: expect.stringMatching(/ its words,( [a-z]+){8}, .*`entangle host runner trust build-1`$/),
  });
  // It hears of its trust while it is served
  expect(all['runner default process']).toMatchObject({ mend: 'start it with `entangle runner serve`' });
});

test.each([
  ['has left its federation', 'ok'],
  ['was revoked by an operator', 'ok'],
  ['was rejected by an operator', 'ok'],
  ['is not trusted yet, as far as it has heard', 'warning'],
])('a runner that %s: that no process serves it is %s', (trust, state) => {
  const of = { of: 'runner lab', state: 'warning' as const, mend: 'start it' };
  const served = { ...of, check: 'process', words: 'no process serves it' };
  const trusted = { ...of, check: 'trust', words: `${trust}: nothing runs on it` };
  expect(unlessBarred(served, [served, trusted])).toMatchObject({ state });
  expect(unlessBarred(trusted, [served, trusted])).toBe(trusted);
});

test('a person whose routes did not come is told who names the key, and how', async () => {
  const directory = paths().user('ann');
  const member = { name: 'ann', host: 'ef'.repeat(32), invite: null, ticket: null };
  await writeConfig(directory, userConfig, { kind: 'user', ...(await base()), ...member });
  await withKey(directory, 'user');
  expect((await found())['user ann graph']).toMatchObject({
    state: 'warning',
    mend: expect.stringContaining('`ann: { kind: user, pubkey: npub1'),
  });
});
