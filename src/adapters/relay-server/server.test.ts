import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connect } from '../../../test/support/relay-client-kit.ts';
import { type Keys, makeKeys, makeWrap, nowSeconds, until } from '../../../test/support/relay-kit.ts';
import { relayUnderTest } from '../../../test/support/relay-server-kit.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Clock } from '../../ports/index.ts';
import { systemClock } from '../system/clock.ts';

const host = makeKeys();
const relay = relayUnderTest();

describe('authentication (NIP-42)', () => {
  test('nothing is written or read before it', async () => {
    const client = await relay.connect();
    const [, , accepted, words] = await client.publish(makeWrap(host.pubkey));
    expect(accepted).toBe(false);
    expect(words).toContain('auth-required:');
    expect(await client.read({ kinds: [1059], '#p': [host.pubkey] })).toContain('auth-required:');
  });

  test('the event must name this relay, this challenge and this time', async () => {
    const client = await relay.connect();
    const keys = makeKeys();
    const refused = async (over: object) => (await client.authenticate(keys, over))[3];
    expect(await refused({ relay: 'ws://127.0.0.1:1' })).toContain('another relay');
    expect(await refused({ relay: 'nonsense' })).toContain('another relay');
    expect(await refused({ challenge: 'another' })).toContain('another challenge');
    expect(await refused({ age: 601 })).toContain('too old');
    expect(await refused({ age: -601 })).toContain('future');
    expect((await client.authenticate(keys, { relay: `ws://localhost:${relay.server.port}/` }))[2]).toBe(
      true,
    );
  });

  test('what was signed for a relay in the middle is worth nothing here (T61)', async () => {
    const middle = 'ws://127.0.0.1:9';
    const client = await relay.connect();
    const victim = makeKeys();
    expect((await client.authenticate(victim, { relay: middle }))[2]).toBe(false);
    expect(await client.read({ kinds: [1059], '#p': [victim.pubkey] })).toContain('auth-required:');
  });

  test('T121: whose clock is three hours behind hears both times, before and after it is refused', async () => {
    const clock: Clock = { ...systemClock, now: () => systemClock.now() - 3 * 3_600_000 };
    const { session } = connect([relay.server.url], [makeKeys()], {}, clock);
    const detail = () => session.status()[0]!.detail ?? '';
    await until(() => detail().includes('too old or in the future'), 'the refusal');
    const times =
      /its clock says (\S+), this machine’s says .*here it is \S+ \(this machine’s clock says (\S+)\)/s;
    const [theirs, ours] = times
      .exec(detail())!
      .slice(1)
      .map((time) => Date.parse(time));
    expect(Math.abs(theirs! - ours! - 3 * 3_600_000)).toBeLessThan(60_000);
  });

  test('a forged signature authenticates nobody', async () => {
    const client = await relay.connect();
    const [, challenge] = await client.next('AUTH');
    const tags = [
      ['relay', relay.server.url],
      ['challenge', String(challenge)],
    ];
    const event = makeKeys().sign({ kind: 22242, created_at: nowSeconds(), tags, content: '' });
    client.send(['AUTH', { ...event, pubkey: host.pubkey }]);
    expect((await client.next('OK'))[2]).toBe(false);
  });
});

describe('wraps', () => {
  test('are served to their authenticated recipient and to nobody else', async () => {
    const alice = makeKeys();
    const mallory = makeKeys();
    const wrap = makeWrap(alice.pubkey, { age: 100_000 });
    const sender = await relay.connectAs(makeKeys());
    expect((await sender.publish(wrap))[2]).toBe(true);
    const reader = await relay.connectAs(alice);
    expect(await reader.read({ kinds: [1059, 21059], '#p': [alice.pubkey] })).toEqual([wrap.id]);
    const stranger = await relay.connectAs(mallory);
    expect(await stranger.read({ kinds: [1059], '#p': [alice.pubkey] })).toContain('auth-required:');
    for (const filter of [
      {},
      { kinds: [1059] },
      { ids: [wrap.id] },
      { authors: [wrap.pubkey] },
      { '#p': [alice.pubkey] },
    ]) {
      expect(await stranger.read(filter)).toEqual([]);
    }
    stranger.send(['REQ', 'live', {}]);
    await stranger.next('EOSE');
    expect((await sender.publish(makeWrap(alice.pubkey)))[2]).toBe(true);
    expect(await reader.read({ kinds: [1059] })).toHaveLength(2);
    expect(stranger.frames.filter(([name]) => name === 'EVENT')).toEqual([]);
  });

  test('several keys authenticate on one connection', async () => {
    const [first, second] = [makeKeys(), makeKeys()];
    const client = await relay.connectAs(first, second);
    await client.publish(makeWrap(first.pubkey));
    await client.publish(makeWrap(second.pubkey));
    expect(await client.read({ kinds: [1059], '#p': [first.pubkey, second.pubkey] })).toHaveLength(2);
  });

  test('ephemeral ones are delivered live and never stored', async () => {
    const alice = makeKeys();
    const client = await relay.connectAs(alice);
    client.send(['REQ', 'live', { kinds: [1059, 21059], '#p': [alice.pubkey] }]);
    await client.next('EOSE');
    const wrap = makeWrap(alice.pubkey, { kind: 21059 });
    expect((await client.publish(wrap))[2]).toBe(true);
    expect(await client.next('EVENT')).toEqual(['EVENT', 'live', wrap]);
    expect(await client.read({ kinds: [21059], '#p': [alice.pubkey] })).toEqual([]);
    expect(await readFile(join(relay.directory, 'events.ndjson'), 'utf8')).toBe('');
  });

  test('one published around a REQ is delivered exactly once', async () => {
    const sender = await relay.connectAs(host);
    const reader = await relay.connectAs(host);
    for (let i = 0; i < 60; i++)
      await sender.publish(makeWrap(host.pubkey, { content: 'x'.repeat(5_000), age: i }));
    for (let round = 0; round < 20; round++) {
      const wraps = Array.from({ length: 8 }, () => makeWrap(host.pubkey, { age: round * 1_000 }));
      const ephemeral = makeWrap(host.pubkey, { kind: 21059 });
      const id = `round-${round}`;
      for (const wrap of wraps.slice(0, 4)) sender.send(['EVENT', wrap]);
      reader.send(['REQ', id, { kinds: [1059, 21059] }]);
      for (const wrap of wraps.slice(4)) sender.send(['EVENT', wrap]);
      await reader.next('EOSE');
      await sender.publish(ephemeral);
      const got = (wrap: SignedEvent) =>
        reader.frames.filter((frame) => frame[1] === id && (frame[2] as SignedEvent).id === wrap.id).length;
      await until(() => [...wraps, ephemeral].every((wrap) => got(wrap) > 0), 'all of the round');
      expect([...wraps, ephemeral].map(got)).toEqual(new Array(9).fill(1));
      reader.send(['CLOSE', id]);
    }
  });

  test('an OK means that the event is in the file', async () => {
    const client = await relay.connectAs(host);
    const wraps = Array.from({ length: 20 }, () => makeWrap(host.pubkey));
    await Promise.all(wraps.map((wrap) => client.publish(wrap)));
    const text = await readFile(join(relay.directory, 'events.ndjson'), 'utf8');
    for (const wrap of wraps) expect(text).toContain(wrap.id);
  });

  test('a copy with a bad signature does not block the genuine event', async () => {
    const client = await relay.connectAs(host);
    const wrap = makeWrap(host.pubkey);
    const forged = { ...wrap, sig: wrap.sig.replace(/^../, wrap.sig.startsWith('00') ? '11' : '00') };
    expect((await client.publish(forged))[3]).toContain('invalid:');
    expect((await client.publish(wrap)).slice(2)).toEqual([true, '']);
    expect((await client.publish(wrap))[3]).toContain('duplicate:');
  });

  test('T111: what a client has durably read is gone, for each of its keys', async () => {
    const [alice, node] = [makeKeys(), makeKeys()];
    const wraps = Array.from({ length: 401 }, () => makeWrap(alice.pubkey));
    const other = makeWrap(node.pubkey);
    const { session, ids } = connect([relay.server.url], [alice, node]);
    expect(await session.synced(60_000)).toBe(true);
    for (const wrap of [...wraps, other]) await session.publish(wrap);
    await until(() => ids().size === 402, 'all wraps');
    await session.discard(
      alice.pubkey,
      wraps.map(({ id }) => id),
    );
    await session.discard(alice.pubkey, [other.id]);
    const reader = await relay.connectAs(alice, node);
    const mail = (keys: Keys) => ({ kinds: [1059], '#p': [keys.pubkey] });
    expect((await reader.read(mail(alice))).length).toBe(1);
    expect(await reader.read(mail(node))).toContain(other.id);
    await session.discard(node.pubkey, [other.id]);
    expect(await reader.read(mail(node))).not.toContain(other.id);
  });

  test('their recipient deletes them (NIP-09), nobody else does', async () => {
    const alice = makeKeys();
    const mallory = makeKeys();
    const wrap = makeWrap(alice.pubkey);
    const client = await relay.connectAs(alice, mallory);
    await client.publish(wrap);
    const deletion = (keys: Keys) =>
      keys.sign({ kind: 5, created_at: nowSeconds(), tags: [['e', wrap.id]], content: '' });
    await client.publish(deletion(mallory));
    expect(await client.read({ kinds: [1059] })).toEqual([wrap.id]);
    const stranger = await relay.connectAs(mallory);
    expect((await stranger.publish(deletion(alice)))[3]).toContain('restricted:');
    expect((await client.publish(deletion(alice)))[2]).toBe(true);
    expect(await client.read({ kinds: [1059] })).toEqual([]);
    await relay.restart();
    const after = await relay.connectAs(alice);
    expect(await after.read({ kinds: [1059] })).toEqual([]);
  });

  test('expired, future and oversized ones are refused', async () => {
    const client = await relay.connectAs(host);
    const words = async (wrap: SignedEvent) => (await client.publish(wrap))[3];
    expect(
      await words(makeWrap(host.pubkey, { tags: [['expiration', String(nowSeconds() - 1)]] })),
    ).toContain('expired');
    expect(await words(makeWrap(host.pubkey, { tags: [['expiration', 'soon']] }))).toContain('expired');
    expect(await words(makeWrap(host.pubkey, { age: -1_000 }))).toContain('future');
    expect(await words(makeWrap(host.pubkey, { content: 'x'.repeat(66_000) }))).toContain('bytes');
    expect(await words(makeWrap('nobody'))).toContain('for one key');
    expect(await words(makeWrap(host.pubkey, { content: 'x'.repeat(60_000) }))).toBe('');
  });
});

test('the information document (NIP-11)', async () => {
  const url = relay.server.url.replace('ws:', 'http:');
  const response = await fetch(url, { headers: { accept: 'application/nostr+json' } });
  const document = (await response.json()) as {
    supported_nips: number[];
    limitation: { auth_required: boolean };
  };
  expect(document.supported_nips).toEqual(expect.arrayContaining([1, 11, 40, 42]));
  expect(document.limitation.auth_required).toBe(true);
  expect((await fetch(url)).status).toBe(426);
});

test('a port in use is an error that says so', async () => {
  const second = await mkdtemp(join(tmpdir(), 'entangle-relay-'));
  await expect(relay.serve({ port: relay.server.port, directory: second })).rejects.toMatchObject({
    code: 'unavailable',
  });
  await rm(second, { recursive: true });
});

test('what was published is there after a restart, on the same port', async () => {
  const client = await relay.connectAs(host);
  const wrap = makeWrap(host.pubkey, { age: 170_000 });
  await client.publish(wrap);
  await relay.restart({ port: relay.server.port });
  expect(await (await relay.connectAs(host)).read({ kinds: [1059], '#p': [host.pubkey] })).toEqual([wrap.id]);
});
