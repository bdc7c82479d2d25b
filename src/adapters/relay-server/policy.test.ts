import { describe, expect, test } from 'vitest';
import { type Keys, makeKeys, makeWrap, nowSeconds } from '../../../test/support/relay-kit.ts';
import { relayUnderTest } from '../../../test/support/relay-server-kit.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';

const host = makeKeys();
const relay = relayUnderTest({ owner: host.pubkey });
const members = (keys: readonly Keys[], age = 0, part = ''): SignedEvent =>
  host.sign({
    kind: 30_000,
    created_at: nowSeconds() - age,
    tags: [['d', `entangle/members${part}`], ...keys.map(({ pubkey }) => ['p', pubkey])],
    content: '',
  });

describe('a relay with an owner', () => {
  test('registered keys may write to each other; a joiner only to the Host, three and then one a second', async () => {
    const [runner, user, joiner] = [makeKeys(), makeKeys(), makeKeys()];
    const owner = await relay.connectAs(host);
    expect((await owner.publish(members([runner, user])))[2]).toBe(true);
    const registered = await relay.connectAs(runner);
    expect((await registered.publish(makeWrap(user.pubkey)))[2]).toBe(true);
    const stranger = await relay.connectAs(joiner);
    expect((await stranger.publish(makeWrap(user.pubkey)))[3]).toContain('restricted:');
    expect((await stranger.publish(makeWrap(host.pubkey, { kind: 21059 })))[3]).toContain('restricted:');
    for (let i = 0; i < 3; i++) expect((await stranger.publish(makeWrap(host.pubkey)))[2]).toBe(true);
    expect((await stranger.publish(makeWrap(host.pubkey)))[3]).toContain('rate-limited:');
    expect((await registered.publish(makeWrap(joiner.pubkey)))[2]).toBe(true);
    expect(await stranger.read({ kinds: [1059], '#p': [joiner.pubkey] })).toHaveLength(1);
    expect(await stranger.read({})).toHaveLength(1);
  });

  test('what a stranger writes to itself comes back to it, three and then one a second, and is not kept', async () => {
    const joiner = makeKeys();
    const stranger = await relay.connectAs(joiner);
    stranger.send(['REQ', 'live', { kinds: [1059, 21059], '#p': [joiner.pubkey] }]);
    await stranger.next('EOSE');
    const word = (kind: number, content = 'x') =>
      joiner.sign({ kind, created_at: nowSeconds(), tags: [['p', joiner.pubkey]], content });
    expect((await stranger.publish(word(1059, 'x'.repeat(2_000))))[3]).toContain('restricted:');
    for (const kind of [1059, 21059]) {
      const event = word(kind);
      expect((await stranger.publish(event))[2]).toBe(true);
      expect((await stranger.next('EVENT'))[2]).toEqual(event);
    }
    expect((await stranger.publish(word(1059, 'y')))[2]).toBe(true);
    expect((await stranger.publish(word(1059, 'z')))[3]).toContain('rate-limited:');
    expect(await stranger.read({ kinds: [1059], '#p': [joiner.pubkey] })).toEqual([]);
  });

  test('T111: what strangers write reaches the Host and never the disk; what members write does', async () => {
    const [runner, joiner] = [makeKeys(), makeKeys()];
    const owner = await relay.connectAs(host);
    await owner.publish(members([runner]));
    const wraps = [makeWrap(host.pubkey), makeWrap(host.pubkey)];
    expect((await (await relay.connectAs(joiner)).publish(wraps[0]!))[2]).toBe(true);
    expect((await (await relay.connectAs(runner)).publish(wraps[1]!))[2]).toBe(true);
    const mail = { kinds: [1059], '#p': [host.pubkey] };
    expect(new Set(await owner.read(mail))).toEqual(new Set(wraps.map(({ id }) => id)));
    await relay.restart();
    expect(await (await relay.connectAs(host)).read(mail)).toEqual([wraps[1]!.id]);
  });

  test('many keys on one connection, or one key on many, have no higher limit', async () => {
    const keys = [makeKeys(), makeKeys(), makeKeys()];
    const one = await relay.connectAs(...keys);
    for (let i = 0; i < 3; i++) expect((await one.publish(makeWrap(host.pubkey)))[2]).toBe(true);
    expect((await one.publish(makeWrap(host.pubkey)))[3]).toContain('rate-limited:');
    const other = await relay.connectAs(keys[0]!);
    expect((await other.publish(makeWrap(host.pubkey)))[3]).toContain('rate-limited:');
  });

  test('the newest list of members counts, also after a restart', async () => {
    const [first, second] = [makeKeys(), makeKeys()];
    const owner = await relay.connectAs(host);
    await owner.publish(members([first, second], 10));
    await owner.publish(members([second], 5));
    await owner.publish(members([first], 20));
    const words = async (keys: Keys) =>
      (await (await relay.connectAs(keys)).publish(makeWrap(keys.pubkey)))[3];
    expect(await words(first)).toContain('restricted:');
    expect(await words(second)).toBe('');
    await relay.restart();
    expect(await words(first)).toContain('restricted:');
    expect(await words(second)).toBe('');
  });

  test('a long list comes in parts, up to an empty one, also after a restart', async () => {
    const [first, second, third] = [makeKeys(), makeKeys(), makeKeys()];
    const owner = await relay.connectAs(host);
    await owner.publish(members([first], 20));
    await owner.publish(members([second], 20, '/2'));
    await owner.publish(members([third], 20, '/3'));
    const words = async (keys: Keys) =>
      (await (await relay.connectAs(keys)).publish(makeWrap(keys.pubkey)))[3];
    expect(await Promise.all([first, second, third].map(words))).toEqual(['', '', '']);
    await owner.publish(members([], 10, '/2'));
    const ended = ['', expect.stringContaining('restricted:'), expect.stringContaining('restricted:')];
    expect(await Promise.all([first, second, third].map(words))).toEqual(ended);
    await relay.restart();
    expect(await Promise.all([first, second, third].map(words))).toEqual(ended);
  });

  test('strangers, and one key on many connections, take no member’s place', async () => {
    const [runner, stranger] = [makeKeys(), makeKeys()];
    const owner = await relay.connectAs(host);
    await owner.publish(members([runner]));
    const member = await relay.connectAs(runner);
    for (let i = 0; i < 34; i++) await relay.connectAs(stranger);
    for (let i = 0; i < 520; i++) await relay.connect();
    const late = await relay.connectAs(runner);
    for (const one of [member, late, owner])
      expect((await one.publish(makeWrap(runner.pubkey)))[2]).toBe(true);
  });

  test('T169 a member with many keys keeps no other member out', async () => {
    const [runner, ...nodes] = [makeKeys(), makeKeys(), makeKeys()];
    await relay.restart({ maxConnections: 24 });
    const owner = await relay.connectAs(host);
    await owner.publish(members([runner, ...nodes]));
    const member = await relay.connectAs(runner);
    for (const node of nodes) for (let i = 0; i < 11; i++) await relay.connectAs(node);
    const late = await relay.connectAs(runner);
    for (const one of [owner, member, late])
      expect((await one.publish(makeWrap(runner.pubkey)))[2]).toBe(true);
    // Who has few keeps them
    await relay.restart({ maxConnections: 2 });
    const kept = await relay.connectAs(host);
    await relay.connectAs(runner);
    await expect(relay.connectAs(runner)).rejects.toThrow('503');
    expect((await kept.publish(makeWrap(runner.pubkey)))[2]).toBe(true);
  });

  test('nobody else changes or reads the list of members', async () => {
    const runner = makeKeys();
    const owner = await relay.connectAs(host);
    await owner.publish(members([runner], 10));
    const client = await relay.connectAs(runner);
    const own = runner.sign({ ...members([]), created_at: nowSeconds() });
    expect((await client.publish(own))[3]).toContain('restricted:');
    expect((await client.publish(members([])))[3]).toContain('restricted:');
    expect(await client.read({ kinds: [30_000] })).toEqual([]);
    expect(
      await owner.read({ kinds: [30_000], authors: [host.pubkey], '#d': ['entangle/members'] }),
    ).toHaveLength(1);
  });
});
