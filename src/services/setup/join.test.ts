/** Who may join, and again: over a home in memory. */
import { beforeEach, expect, test } from 'vitest';
import type * as z from 'zod';
import { seededRandom } from '../../../test/sim/memory-home.ts';
import { memoryKeyStore } from '../../../test/sim/memory-machine.ts';
import { createSingleHome, routesBody } from '../../../test/sim/single-home.ts';
import { USER_GRAPH } from '../../../test/sim/single-user.ts';
import { type VirtualClock, virtualClock } from '../../../test/sim/virtual-clock.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { suiteWasm } from '../../adapters/crypto/suite-wasm.ts';
import { fingerprint } from '../../core/crypto/fingerprint.ts';
import { fromHex, toHex } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Line } from '../../core/ledger/line.ts';
import { type Invite, writeInvite } from '../../core/protocol/invite.ts';
import type { MemberRole } from '../../core/vocabulary.ts';
import { inviteProofOf } from '../messaging/admission.ts';
import { streamOf } from '../messaging/send.ts';
import { ticketKeyOf } from '../messaging/tickets.ts';
import { ask } from '../user/ask.ts';
import { startUser } from '../user/user.ts';
import { checkConfig } from './config.ts';
import { awaitReceipt, bindHome, type JoiningHome, requireReceipt } from './join.ts';
import { initNewcomer, type SetupTools } from './setup.ts';

let time: VirtualClock;
let config: unknown;
let lines: Line[];
let tools: SetupTools;
let home: JoiningHome;
beforeEach(() => {
  time = virtualClock();
  config = undefined;
  lines = [];
  tools = {
    keys: memoryKeyStore(new Map()),
    suite: suiteWasm,
    random: { bytes: seededRandom('join') },
    clock: time.clock,
    directory: '/home',
    makeDirectory: async () => {},
    readConfig: async () => config,
    writeConfig: async <S extends z.ZodType>(schema: S, value: z.input<S>) => {
      config = checkConfig(schema, value);
    },
  };
  home = {
    readConfig: tools.readConfig,
    requireConfig: async <S extends z.ZodType>(schema: S, hint: string): Promise<z.output<S>> => {
      if (config === undefined) throw new EntangleError('not_found', 'no home', { hint });
      return checkConfig(schema, config as z.input<S>);
    },
    async *lines() {
      yield* lines;
    },
    forgetLedger: async () => {
      lines = [];
    },
    tools: () => tools,
  };
});

const HOST = 'ab'.repeat(32);
const inviteOf = (changes: Partial<Invite> = {}): Invite => ({
  host: HOST,
  recovery: 'cd'.repeat(32),
  relays: ['wss://relay.example.org'],
  graph: `${HOST}/acme`,
  role: 'user',
  name: 'alice',
  id: uuidOf(1),
  secret: '5e'.repeat(16),
  expiresAt: virtualClock().clock.now() / 1000 + 60,
  ...changes,
});
const makeAlice = () => initNewcomer(tools, { kind: 'user', name: 'alice', settings: null });
const bind = (invite: Invite | string = inviteOf(), kind: MemberRole = 'user') =>
  bindHome(home, kind, async () => (typeof invite === 'string' ? invite : writeInvite(invite)));
const publicKeyOf = async (name: MemberRole) => toHex(suiteWasm.publicKey(await tools.keys.read(name)));

test('who joins keeps the proof of the invite and not its secret', async () => {
  const { npub: own } = await makeAlice();
  const invite = inviteOf();
  await bind(invite);
  const { host, graph, role, name, relays, recovery, id } = invite;
  const self = await publicKeyOf('user');
  const hmac = inviteProofOf(suiteWasm, fromHex(invite.secret), { host, self, graph, role, name });
  expect(config).toMatchObject({ kind: 'user', host, graph, name, relays, recovery, invite: { id, hmac } });
  expect(npub(self)).toBe(own);
  const ticket = ticketKeyOf(suiteWasm, fromHex(invite.secret));
  expect(config).toMatchObject({ ticket: toHex(ticket) });
  expect(JSON.stringify(config)).not.toContain(invite.secret);
});

test('what a runner offers goes along', async () => {
  const settings = {
    labels: { gpu: 'a100' },
    sandbox: ['none' as const],
    capacity: 3,
    memory: 900,
    disk: 2048,
    protocols: ['ssh' as const],
    repositoryHooks: true,
  };
  await initNewcomer(tools, { kind: 'runner', name: 'r1', settings });
  const binding = await bind(inviteOf({ role: 'runner', name: 'build' }), 'runner');
  expect(binding).toMatchObject({ kind: 'runner', name: 'build', ...settings });
  const again = await bind(inviteOf({ id: uuidOf(2), role: 'runner', name: 'build2' }), 'runner');
  expect(again).toMatchObject({ kind: 'runner', name: 'build2', ...settings });
});

test('a home without a key is told how to make one, and the invite is not read', async () => {
  const invite = async () => {
    throw new Error('read');
  };
  await expect(bindHome(home, 'runner', invite)).rejects.toMatchObject({
    code: 'not_found',
    hint: expect.stringContaining('entangle runner init'),
  });
});

test.each([
  ['an invite for another role', async (): Promise<Invite> => inviteOf({ role: 'runner' })],
  ['no invite at all', async (): Promise<string> => 'entangle-invite1.bm9uZQ'],
  [
    'an invite of the Host whose key this home has',
    async (): Promise<Invite> => inviteOf({ host: await publicKeyOf('user') }),
  ],
] as const)('nobody joins with %s', async (_what, make) => {
  await makeAlice();
  const before = config;
  await expect(bind(await make())).rejects.toMatchObject({ code: 'invalid' });
  expect(config).toBe(before);
});

test('an invite to join again is of one key: with another nobody waits for an answer', async () => {
  await makeAlice();
  const before = config;
  const [own, other] = [await publicKeyOf('user'), 'ab'.repeat(32)];
  await expect(bind(inviteOf({ key: other }))).rejects.toMatchObject({
    code: 'not_authorized',
    message: `this invite is for the key ${npub(other)}, and the key here is ${npub(own)}`,
    hint: expect.stringContaining('entangle user key import'),
  });
  expect(config).toBe(before);
  expect(await bind(inviteOf({ key: own }))).toMatchObject({ kind: 'user' });
});

test('an invite is over in its second, not before', async () => {
  await makeAlice();
  await time.pass(60_000);
  const at = new Date(time.clock.now()).toISOString();
  await expect(bind()).rejects.toMatchObject({
    code: 'not_authorized',
    message: `this invite expired at ${at}, and this machine’s clock says ${at}`,
    hint: expect.stringContaining('entangle host invite'),
  });
  const { expiresAt } = inviteOf();
  expect(await bind(inviteOf({ expiresAt: expiresAt + 1 }))).toMatchObject({ kind: 'user', name: 'alice' });
});

/** Alice's home that said hello to its Host. */
const saidHello = async () => {
  const single = createSingleHome('user', 'alice');
  const user = await startUser({ home: single.home, invite: { id: uuidOf(1), hmac: 'aa'.repeat(32) } });
  const stream = streamOf(single.home, single.home.self.pubkey);
  const acknowledge = (high = 1, top = high, missing: [number, number][] = []) =>
    single.hear({ type: 'ack', from: 'host', to: 'user', body: { stream, high, top, missing } });
  const introduce = () =>
    single.hear({
      ...{ type: 'routes', from: 'host', to: 'user' },
      body: routesBody(single.world, USER_GRAPH, 'alice', { builder: 'node' }),
    });
  return { ...single, user, acknowledge, introduce };
};

test('who was never answered may join again: the key stays, what was said in vain does not', async () => {
  await makeAlice();
  const first = await bind();
  const key = await publicKeyOf('user');
  const hello = await saidHello();
  await hello.user.close();
  lines = hello.home.disk.lines;
  expect(lines.length).toBeGreaterThan(0);
  const again = await bind(inviteOf({ id: uuidOf(2), name: 'bob' }));
  expect(again).toMatchObject({ name: 'bob', invite: { id: uuidOf(2) } });
  expect([lines, await publicKeyOf('user')]).toEqual([[], key]);
  expect(again.stream).not.toBe(first.stream);
});

test('who joins with the same invite again goes on as the same home', async () => {
  await makeAlice();
  const first = await bind();
  const hello = await saidHello();
  await hello.user.close();
  lines = hello.home.disk.lines;
  expect(await bind()).toEqual(first);
  expect(lines.length).toBeGreaterThan(0);
});

test('only a record of an acknowledgement is one, not a line that has its name elsewhere', async () => {
  await makeAlice();
  await bind();
  const hello = await saidHello();
  await hello.user.close();
  lines = hello.home.disk.lines.map((line) => {
    const tags = line.event.tags.map(([name, value]) => [
      name!,
      name === 'dedup' ? 'delivery.acked' : value!,
    ]);
    return { ...line, event: { ...line.event, tags } };
  });
  expect(await bind(inviteOf({ id: uuidOf(2) }))).toMatchObject({ invite: { id: uuidOf(2) } });
});

/** What became of a home before somebody gives it another invite. */
const joinAgain = async (came: (hello: Awaited<ReturnType<typeof saidHello>>) => unknown) => {
  await makeAlice();
  const before = await bind();
  const hello = await saidHello();
  await came(hello);
  await hello.user.close();
  lines = hello.home.disk.lines;
  return { before, hello, again: bind(inviteOf({ id: uuidOf(2) })) };
};

const getList = ({ user, home: { self, host } }: Awaited<ReturnType<typeof saidHello>>) =>
  user.exchange.send([
    { type: 'blob.get', from: self.pubkey, to: host, body: { sha256: 'ab'.repeat(32) }, dedup: 'a-list' },
  ]);

test('who heard of peers, as the graph names the key, and was not let in, may join again', async () => {
  const { before, again } = await joinAgain(async (hello) => {
    await hello.introduce();
    await getList(hello);
    await hello.acknowledge(0, 2, [[1, 1]]);
  });
  expect((await again).stream).not.toBe(before.stream);
  expect(lines).toEqual([]);
});

test.each<[string, Parameters<typeof joinAgain>[0]]>([
  ['a home whose hello was acknowledged', ({ acknowledge }) => acknowledge()],
  [
    'a home that asked for something',
    async ({ introduce, user, time: passing }) => {
      await introduce();
      await passing.finish('the task', ask(user, 'builder', 'work'));
    },
  ],
])('%s: has joined', async (_what, came) => {
  const { before, hello, again } = await joinAgain(came);
  await expect(again).rejects.toMatchObject({
    code: 'conflict',
    hint: expect.stringContaining('--user'),
  });
  expect(config).toEqual(before);
  expect(lines).toBe(hello.home.disk.lines);
});

test('the receipt is what the Host acknowledged, and the words are of both keys', async () => {
  const { home: alice, time: passing, acknowledge, user } = await saidHello();
  const waiting = awaitReceipt(alice, 10_000);
  await acknowledge();
  const before = passing.elapsed();
  const joined = await passing.finish('the receipt', waiting);
  expect(passing.elapsed() - before).toBeLessThan(1000);
  expect(joined).toMatchObject({ name: 'alice', npub: npub(alice.self.pubkey), host: npub(alice.host) });
  expect(joined.words).toBe(fingerprint(suiteWasm, 'user', alice.host, alice.self.pubkey));
  expect(requireReceipt('user', joined)).toEqual({ ...joined, delivered: true });
  await user.close();
});

test('who has no receipt because of a relay is told its words, not that the Host may be off', async () => {
  const { home: alice, time: passing, user } = await saidHello();
  const words = 'refuses kind 1059: blocked: pubkey is not on the white-list';
  const [url] = alice.relays;
  alice.tables.put('relays', { relay: url!, state: 'withholding', detail: words, at: 1 });
  const joined = await passing.finish('the time to be over', awaitReceipt(alice, 3000));
  expect(() => requireReceipt('runner', joined)).toThrow(
    expect.objectContaining({
      message: `the Host has not confirmed yet; relay ${url} (withholding): ${words}`,
      hint: expect.stringMatching(/^mend what the relay says.*entangle runner serve/),
    }),
  );
  await user.close();
});

test.each([
  ['user', 'entangle user inbox'],
  ['runner', 'entangle runner serve'],
] as const)('a %s without a receipt waits so long, and is told what goes on', async (kind, command) => {
  const { home: alice, time: passing, user } = await saidHello();
  const before = passing.elapsed();
  const joined = await passing.finish('the time to be over', awaitReceipt(alice, 3000));
  expect(passing.elapsed() - before).toBeGreaterThanOrEqual(3000);
  expect(joined.delivered).toBe(false);
  let refusal: unknown;
  try {
    requireReceipt(kind, joined);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toMatchObject({
    code: 'timed_out',
    hint: expect.stringMatching(new RegExp(`${command}.* or join again`)),
    details: [
      {
        ...{ name: joined.name, npub: joined.npub, host: joined.host },
        ...{ graph: joined.graph, words: joined.words },
      },
    ],
  });
  await user.close();
});
