/** How homes are made: over real files, so that what a refusal leaves behind is seen. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seededRandom } from '../../../test/sim/memory-home.ts';
import { virtualClock } from '../../../test/sim/virtual-clock.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fileKeyStore } from '../../adapters/keys/file.ts';
import { readConfig, writeConfig } from '../../cli/wiring/home-config.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { tokenDigest } from '../../core/host-api/token.ts';
import { type Invite, writeInvite } from '../../core/protocol/invite.ts';
import { inviteProofOf } from '../messaging/admission.ts';
import type { HostConfig, NewcomerConfig, UserConfig } from './config.ts';
import { initHost, initNewcomer, joinFederation, type SetupTools } from './setup.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'setup-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const toolsOf = (clock = virtualClock().clock): SetupTools => ({
  keys: fileKeyStore(directory),
  suite: suiteWasm,
  random: { bytes: seededRandom(directory) },
  clock,
  readConfig: () => readConfig(directory),
  writeConfig: (schema, value) => writeConfig(directory, schema, value),
});
/** Everything that is written in the home, as one text. */
const written = (): string =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');

const wanted = { name: 'acme', relays: ['wss://relay.example.org'], members: true, leaseMs: 60_000 };
const alice = { kind: 'user', name: 'alice', settings: null } as const;
const inviteOf = (changes: Partial<Invite> = {}): Invite => ({
  host: 'ab'.repeat(32),
  recovery: 'cd'.repeat(32),
  relays: ['wss://relay.example.org'],
  graph: `${'ab'.repeat(32)}/acme`,
  role: 'user',
  name: 'alice',
  id: uuidOf(1),
  secret: '5e'.repeat(16),
  expiresAt: virtualClock().clock.now() / 1000 + 60,
  ...changes,
});
const newcomer = async (): Promise<NewcomerConfig> => (await readConfig(directory)) as NewcomerConfig;

test('a new Host is known by its key; neither its token nor its recovery key is kept', async () => {
  const tools = toolsOf();
  const made = await initHost(tools, wanted);
  const config = (await readConfig(directory)) as HostConfig;
  const pubkey = toHex(suiteWasm.publicKey(await tools.keys.read('host')));
  expect([made.npub, made.graph]).toEqual([npub(pubkey), `${pubkey}/acme`]);
  expect(config).toMatchObject({
    graph: made.graph,
    bootstrap: tokenDigest(suiteWasm, made.token),
    recovery: toHex(suiteWasm.sha256(suiteWasm.publicKey(fromHex(made.recoveryKey)))),
  });
  expect(written()).not.toContain(made.token);
  expect(written()).not.toContain(made.recoveryKey);
});

test('a home is made once, whoever it is for', async () => {
  const tools = toolsOf();
  await initNewcomer(tools, alice);
  const before = written();
  const conflict = { code: 'conflict' };
  await expect(initHost(tools, wanted)).rejects.toMatchObject(conflict);
  await expect(initNewcomer(tools, { ...alice, name: 'bob' })).rejects.toMatchObject(conflict);
  expect(written()).toBe(before);
});

test('the home of a Host is not made somebody else’s', async () => {
  const tools = toolsOf();
  await initHost(tools, wanted);
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
    await expect(initHost(tools, { ...wanted, ...bad })).rejects.toMatchObject({ code: 'usage' });
  await expect(initNewcomer(tools, { ...alice, name: 'build_1' })).rejects.toMatchObject({ code: 'usage' });
  expect([written(), await tools.keys.list()]).toEqual(['', []]);
});

test('who joins keeps the proof of the invite and not its secret', async () => {
  const tools = toolsOf();
  const { npub: own } = await initNewcomer(tools, alice);
  const invite = inviteOf();
  await joinFederation(tools, await newcomer(), writeInvite(invite));
  const { host, graph, role, name, relays, recovery, id } = invite;
  const self = toHex(suiteWasm.publicKey(await tools.keys.read('user')));
  const hmac = inviteProofOf(suiteWasm, fromHex(invite.secret), { host, self, graph, role, name });
  const config = (await readConfig(directory)) as UserConfig;
  expect(config).toMatchObject({ kind: 'user', host, graph, name, relays, recovery, invite: { id, hmac } });
  expect(npub(self)).toBe(own);
  expect(written()).not.toContain(invite.secret);
});

test.each([
  ['an invite for another role', 'invalid', async () => inviteOf({ role: 'runner' })],
  ['no invite at all', 'invalid', async () => 'entangle-invite1.bm9uZQ'],
  [
    'an invite of the Host whose key this home has',
    'invalid',
    async (tools: SetupTools) =>
      inviteOf({ host: toHex(suiteWasm.publicKey(await tools.keys.read('user'))) }),
  ],
] as const)('nobody joins with %s', async (_what, code, make) => {
  const tools = toolsOf();
  await initNewcomer(tools, alice);
  const before = written();
  const invite = await make(tools);
  const text = typeof invite === 'string' ? invite : writeInvite(invite);
  await expect(joinFederation(tools, await newcomer(), text)).rejects.toMatchObject({ code });
  expect(written()).toBe(before);
});

test('an invite is over in its second, not before', async () => {
  const time = virtualClock();
  const tools = toolsOf(time.clock);
  await initNewcomer(tools, alice);
  const member = await newcomer();
  await time.pass(60_000);
  await expect(joinFederation(tools, member, writeInvite(inviteOf()))).rejects.toMatchObject({
    code: 'not_authorized',
  });
  const { expiresAt } = inviteOf();
  await expect(
    joinFederation(tools, member, writeInvite(inviteOf({ expiresAt: expiresAt + 1 }))),
  ).resolves.toMatchObject({ kind: 'user', name: 'alice', graph: inviteOf().graph });
});
