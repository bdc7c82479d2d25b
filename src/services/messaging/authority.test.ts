/** Whom a member follows when another key comes to sign for the Host, and whom not (docs/decisions/0124). */
import { beforeEach, describe, expect, test } from 'vitest';
import { answeringRelay } from '../../../test/sim/answering-relay.ts';
import { introduced } from '../../../test/sim/introductions.ts';
import { KIT_EPOCH, type MessageKit } from '../../../test/sim/message-kit.ts';
import { keyOfPoint } from '../../../test/support/ideal-suite.ts';
import { type Chain, succeed } from '../../core/authority/succession.ts';
import { RETIRED_SECONDS } from '../../core/bounds.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import { signerIn } from '../../core/projection/reducers/authority.ts';
import { heldKeys, hostKeys, secretOf, selfOf } from './authority.ts';
import { startExchange } from './exchange.ts';
import { nowSeconds } from './home.ts';
import { record } from './rejections.ts';

let kit: MessageKit;
let founder: Uint8Array;
let recovery: Uint8Array;
beforeEach(async () => {
  kit = await introduced();
  const { runner } = kit.homes;
  founder = kit.who.host.secretKey;
  recovery = newKey();
  runner.recovery = toHex(runner.suite.sha256(runner.suite.publicKey(recovery)));
});
const newKey = () => keyOfPoint(kit.homes.host.suite, kit.homes.host.random.bytes);
const after = (chain: Chain, by: Uint8Array, to: Uint8Array, isRecovery = false) => {
  const { suite, graph, random } = kit.homes.host;
  const said = { by, to, isRecovery, epoch: KIT_EPOCH.n, at: nowSeconds(kit.homes.host) };
  return succeed(suite, graph, chain, said, random.bytes);
};
const later = { n: KIT_EPOCH.n + 1, boot: 'ee'.repeat(16) };
/** What the runner makes of it, signed by that key for the Host. */
const tell = (
  secretKey: Uint8Array,
  chain: Chain,
  epoch = later,
  to: 'runner' | 'alice' = 'runner',
): Promise<string> => {
  const pubkey = toHex(kit.homes.host.suite.publicKey(secretKey));
  Object.assign(kit.who.host, { secretKey, pubkey });
  return kit.tell({
    type: 'authority.rotate',
    from: 'host',
    to,
    body: { chain: [...chain] },
    epoch,
  });
};
const beat = (secretKey: Uint8Array, epoch = later): Promise<string> => {
  const pubkey = toHex(kit.homes.host.suite.publicKey(secretKey));
  Object.assign(kit.who.host, { secretKey, pubkey });
  const body = { revision: 0, digest: null };
  return kit.tell({ type: 'host.beat', from: 'host', to: 'runner', body, epoch });
};
const followed = (): string => signerIn(kit.homes.runner.tables, kit.homes.runner.graph);
const pubkeyOf = (key: Uint8Array): string => toHex(kit.homes.host.suite.publicKey(key));

describe('a member', () => {
  test('T183: follows to the key that the one before names, and hears that one no more', async () => {
    const next = newKey();
    expect(await beat(next)).toBe('unknown_signer');
    expect(await tell(next, after([], founder, next))).toBe('accepted');
    expect(await beat(next)).toBe('accepted');
    expect(await beat(founder, { ...later, n: later.n + 1 })).toBe('retired_key');
    expect(followed()).toBe(pubkeyOf(next));
  });
  test('follows a chain over several keys at once, and hears what of it was late', async () => {
    const [one, two] = [newKey(), newKey()];
    const chain = after(after([], founder, one), one, two);
    expect(await tell(two, chain)).toBe('accepted');
    expect(await tell(one, chain.slice(0, 1))).toBe('retired_key');
    expect(await tell(two, chain)).toBe('accepted');
    expect(followed()).toBe(pubkeyOf(two));
  });
  test('T184: follows nobody whom the chain does not lead to, nor a statement that nobody signed', async () => {
    const [next, thief] = [newKey(), newKey()];
    const chain = after([], founder, next);
    expect(await tell(thief, chain)).toBe('bad_succession');
    expect(await tell(thief, after([], thief, thief))).toBe('bad_succession');
    expect(await tell(next, [{ ...chain[0]!, epoch: 1 }])).toBe('bad_succession');
    await kit.time.pass(1000);
    expect(await tell(thief, after([], thief, thief, true))).toBe('bad_succession');
    expect(await tell(founder, [])).toBe('bad_succession');
    expect(followed()).toBe(kit.homes.runner.host);
  });
  test('T184: stays with the first of two successors of one key, and counts that there is another', async () => {
    const [next, other] = [newKey(), newKey()];
    expect(await tell(next, after([], founder, next))).toBe('accepted');
    expect(await tell(other, after([], founder, other))).toBe('authority_conflict');
    expect(followed()).toBe(pubkeyOf(next));
  });
  test('T183: goes from the key of a thief to the one that a recovery names, under any epoch, and not back', async () => {
    const [thief, next, again] = [newKey(), newKey(), newKey()];
    expect(await tell(thief, after([], founder, thief), { ...later, n: 2 ** 40 })).toBe('accepted');
    const recovered = after([], recovery, next, true);
    expect(await tell(next, recovered)).toBe('accepted');
    expect(await beat(next)).toBe('accepted');
    expect(await tell(again, after(after([], founder, thief), thief, again))).toBe('key_recovered');
    expect(await tell(again, after([], founder, again))).toBe('key_recovered');
    expect(await beat(thief, { ...later, n: 2 ** 41 })).toBe('retired_key');
    expect(followed()).toBe(pubkeyOf(next));
  });
  test('whose message waits for the key before says it again to the one that follows, once and in its words', async () => {
    const { runner } = kit.homes;
    const relay = answeringRelay();
    runner.connect = relay.connect;
    const waiting = () =>
      runner.tables
        .list('outbox', { recipient: runner.host })
        .map(({ key, dedup }) => `${dedup} to ${key}`)
        .sort();
    const before = waiting();
    expect(before).toHaveLength(2);
    const next = newKey();
    await tell(next, after([], founder, next));
    const exchange = startExchange(runner, { changed: () => {}, ephemeral: () => {} });
    await kit.time.pass(10_000);
    expect(waiting()).toEqual(before.map((one) => one.replace(runner.host, pubkeyOf(next))));
    const to = relay.published.map(({ tags }) => tags.find(([name]) => name === 'p')![1]);
    expect(to).toContain(pubkeyOf(next));
    const lines = runner.ledger.head;
    await kit.time.pass(10_000);
    expect(runner.ledger.head).toEqual(lines);
    await kit.time.finish('its end', exchange.close());
  });
  test('who leaves has said it to the one that follows: of a home of several processes it is this one’s to give', async () => {
    const { alice } = kit.homes;
    const relay = answeringRelay();
    alice.connect = relay.connect;
    const name = 'alice';
    await kit.send({ type: 'user.hello', from: 'alice', to: 'host', body: { name } });
    const exchange = startExchange(alice, { changed: () => {}, ephemeral: () => {} });
    await kit.time.finish('a first round', exchange.flush());
    const next = newKey();
    expect(await tell(next, after([], founder, next), later, 'alice')).toBe('accepted');
    await kit.time.finish('its last round', exchange.flush());
    const to = relay.published.map(({ tags }) => tags.find(([name]) => name === 'p')![1]);
    expect(to).toContain(pubkeyOf(next));
    await kit.time.finish('its end', exchange.close());
  });
});

test('the keys of a Host: the one that signs, mail to those before for 30 days, one root until a recovery', async () => {
  const { host } = kit.homes;
  const [one, two, three] = [newKey(), newKey(), newKey()];
  const held = heldKeys(host.suite, [founder, one, two, three]);
  const chain = after(after([], founder, one), one, two);
  const keys = () => hostKeys(host.tables, host.graph, held);
  expect(keys()).toMatchObject({ signs: pubkeyOf(founder), root: founder, retired: new Map() });
  await record(host, 'authority.succeeded', { chain });
  expect(keys()).toMatchObject({ signs: pubkeyOf(two), secretKey: two, root: founder });
  Object.assign(host, selfOf(host.self, keys()!));
  expect([founder, one, two].map((key) => secretOf(host, pubkeyOf(key)))).toEqual([founder, one, two]);
  await kit.time.pass(RETIRED_SECONDS * 1000);
  expect([founder, one, two].map((key) => secretOf(host, pubkeyOf(key)))).toEqual([
    undefined,
    undefined,
    two,
  ]);
  expect(hostKeys(host.tables, host.graph, new Map([[pubkeyOf(one), one]]))).toBeNull();
  await record(host, 'authority.succeeded', { chain: after(chain, recovery, three, true) });
  expect(keys()).toMatchObject({ signs: pubkeyOf(three), root: three, retired: new Map() });
});
