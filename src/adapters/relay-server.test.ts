import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Keys,
  makeKeys,
  makeWrap,
  nowSeconds,
  type RawClient,
  rawClient,
  until,
  verify,
} from '../../test/support/relay-kit.ts';
import type { SignedEvent } from '../core/event.ts';
import { systemClock } from './clock.ts';
import { systemRandom } from './random.ts';
import { type RelayServer, type RelayServerOptions, serveRelay } from './relay-server.ts';

let directory: string;
let relay: RelayServer;
let clients: RawClient[];
const host = makeKeys();

const serve = (over: Partial<RelayServerOptions> = {}) =>
  serveRelay({
    host: '127.0.0.1',
    port: 0,
    directory,
    clock: systemClock,
    random: systemRandom,
    verify,
    ...over,
  });
const connect = async (url = relay.url): Promise<RawClient> => {
  const client = await rawClient(url);
  clients.push(client);
  return client;
};
const connectAs = async (...keys: Keys[]): Promise<RawClient> => {
  const client = await connect();
  for (const each of keys) expect((await client.authenticate(each))[2]).toBe(true);
  return client;
};
const members = (keys: readonly Keys[], age = 0): SignedEvent =>
  host.sign({
    kind: 30_000,
    created_at: nowSeconds() - age,
    tags: [['d', 'entangle/members'], ...keys.map(({ pubkey }) => ['p', pubkey])],
    content: '',
  });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-relay-'));
  clients = [];
  relay = await serve();
});
afterEach(async () => {
  for (const client of clients) client.close();
  await relay.close();
  await rm(directory, { recursive: true });
});
const withOwner = async () => {
  await relay.close();
  relay = await serve({ owner: host.pubkey });
};

describe('authentication (NIP-42)', () => {
  test('nothing is written or read before it', async () => {
    const client = await connect();
    const [, , accepted, words] = await client.publish(makeWrap(host.pubkey));
    expect(accepted).toBe(false);
    expect(words).toContain('auth-required:');
    expect(await client.read({ kinds: [1059], '#p': [host.pubkey] })).toContain('auth-required:');
  });

  test('the event must name this relay, this challenge and this time', async () => {
    const client = await connect();
    const keys = makeKeys();
    const refused = async (over: object) => (await client.authenticate(keys, over))[3];
    expect(await refused({ relay: 'ws://127.0.0.1:1' })).toContain('another relay');
    expect(await refused({ relay: 'nonsense' })).toContain('another relay');
    expect(await refused({ challenge: 'another' })).toContain('another challenge');
    expect(await refused({ age: 601 })).toContain('too old');
    expect(await refused({ age: -601 })).toContain('future');
    expect((await client.authenticate(keys, { relay: `ws://localhost:${relay.port}/` }))[2]).toBe(true);
  });

  test('what was signed for a relay in the middle is worth nothing here (THREATS T61)', async () => {
    const middle = 'ws://127.0.0.1:9';
    const client = await connect();
    const victim = makeKeys();
    expect((await client.authenticate(victim, { relay: middle }))[2]).toBe(false);
    expect(await client.read({ kinds: [1059], '#p': [victim.pubkey] })).toContain('auth-required:');
  });

  test('a forged signature authenticates nobody', async () => {
    const client = await connect();
    const [, challenge] = await client.next('AUTH');
    const tags = [
      ['relay', relay.url],
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
    const sender = await connectAs(makeKeys());
    expect((await sender.publish(wrap))[2]).toBe(true);
    const reader = await connectAs(alice);
    expect(await reader.read({ kinds: [1059, 21059], '#p': [alice.pubkey] })).toEqual([wrap.id]);
    const stranger = await connectAs(mallory);
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
    const client = await connectAs(first, second);
    await client.publish(makeWrap(first.pubkey));
    await client.publish(makeWrap(second.pubkey));
    expect(await client.read({ kinds: [1059], '#p': [first.pubkey, second.pubkey] })).toHaveLength(2);
  });

  test('ephemeral ones are delivered live and never stored', async () => {
    const alice = makeKeys();
    const client = await connectAs(alice);
    client.send(['REQ', 'live', { kinds: [1059, 21059], '#p': [alice.pubkey] }]);
    await client.next('EOSE');
    const wrap = makeWrap(alice.pubkey, { kind: 21059 });
    expect((await client.publish(wrap))[2]).toBe(true);
    expect(await client.next('EVENT')).toEqual(['EVENT', 'live', wrap]);
    expect(await client.read({ kinds: [21059], '#p': [alice.pubkey] })).toEqual([]);
    expect(await readFile(join(directory, 'events.ndjson'), 'utf8')).toBe('');
  });

  test('one published around a REQ is delivered exactly once', async () => {
    const sender = await connectAs(host);
    const reader = await connectAs(host);
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
    const client = await connectAs(host);
    const wraps = Array.from({ length: 20 }, () => makeWrap(host.pubkey));
    await Promise.all(wraps.map((wrap) => client.publish(wrap)));
    const text = await readFile(join(directory, 'events.ndjson'), 'utf8');
    for (const wrap of wraps) expect(text).toContain(wrap.id);
  });

  test('a copy with a bad signature does not block the genuine event', async () => {
    const client = await connectAs(host);
    const wrap = makeWrap(host.pubkey);
    const forged = { ...wrap, sig: wrap.sig.replace(/^../, wrap.sig.startsWith('00') ? '11' : '00') };
    expect((await client.publish(forged))[3]).toContain('invalid:');
    expect((await client.publish(wrap)).slice(2)).toEqual([true, '']);
    expect((await client.publish(wrap))[3]).toContain('duplicate:');
  });

  test('their recipient deletes them (NIP-09), nobody else does', async () => {
    const alice = makeKeys();
    const mallory = makeKeys();
    const wrap = makeWrap(alice.pubkey);
    const client = await connectAs(alice, mallory);
    await client.publish(wrap);
    const deletion = (keys: Keys) =>
      keys.sign({ kind: 5, created_at: nowSeconds(), tags: [['e', wrap.id]], content: '' });
    await client.publish(deletion(mallory));
    expect(await client.read({ kinds: [1059] })).toEqual([wrap.id]);
    const stranger = await connectAs(mallory);
    expect((await stranger.publish(deletion(alice)))[3]).toContain('restricted:');
    expect((await client.publish(deletion(alice)))[2]).toBe(true);
    expect(await client.read({ kinds: [1059] })).toEqual([]);
    await relay.close();
    relay = await serve();
    const after = await connectAs(alice);
    expect(await after.read({ kinds: [1059] })).toEqual([]);
  });

  test('expired, future and oversized ones are refused', async () => {
    const client = await connectAs(host);
    const words = async (wrap: SignedEvent) => (await client.publish(wrap))[3];
    expect(
      await words(makeWrap(host.pubkey, { tags: [['expiration', String(nowSeconds() - 1)]] })),
    ).toContain('expired');
    expect(await words(makeWrap(host.pubkey, { tags: [['expiration', 'soon']] }))).toContain('expired');
    expect(await words(makeWrap(host.pubkey, { age: -1_000 }))).toContain('future');
    expect(await words(makeWrap(host.pubkey, { content: 'x'.repeat(66_000) }))).toContain('bytes');
    expect(await words(makeWrap('nobody'))).toContain('recipient');
    expect(await words(makeWrap(host.pubkey, { content: 'x'.repeat(60_000) }))).toBe('');
  });
});

describe('a relay with an owner', () => {
  test('registered keys may write to each other; a joiner only to the Host, three and then one a second', async () => {
    await withOwner();
    const [runner, user, joiner] = [makeKeys(), makeKeys(), makeKeys()];
    const owner = await connectAs(host);
    expect((await owner.publish(members([runner, user])))[2]).toBe(true);
    const registered = await connectAs(runner);
    expect((await registered.publish(makeWrap(user.pubkey)))[2]).toBe(true);
    const stranger = await connectAs(joiner);
    expect((await stranger.publish(makeWrap(user.pubkey)))[3]).toContain('restricted:');
    expect((await stranger.publish(makeWrap(host.pubkey, { kind: 21059 })))[3]).toContain('restricted:');
    for (let i = 0; i < 3; i++) expect((await stranger.publish(makeWrap(host.pubkey)))[2]).toBe(true);
    expect((await stranger.publish(makeWrap(host.pubkey)))[3]).toContain('rate-limited:');
    expect((await registered.publish(makeWrap(joiner.pubkey)))[2]).toBe(true);
    expect(await stranger.read({ kinds: [1059], '#p': [joiner.pubkey] })).toHaveLength(1);
    expect(await stranger.read({})).toHaveLength(1);
  });

  test('many keys on one connection, or one key on many, have no higher limit', async () => {
    await withOwner();
    const keys = [makeKeys(), makeKeys(), makeKeys()];
    const one = await connectAs(...keys);
    for (let i = 0; i < 3; i++) expect((await one.publish(makeWrap(host.pubkey)))[2]).toBe(true);
    expect((await one.publish(makeWrap(host.pubkey)))[3]).toContain('rate-limited:');
    const other = await connectAs(keys[0]!);
    expect((await other.publish(makeWrap(host.pubkey)))[3]).toContain('rate-limited:');
  });

  test('the newest list of members counts, also after a restart', async () => {
    await withOwner();
    const [first, second] = [makeKeys(), makeKeys()];
    const owner = await connectAs(host);
    await owner.publish(members([first, second], 10));
    await owner.publish(members([second], 5));
    await owner.publish(members([first], 20));
    const words = async (keys: Keys) => (await (await connectAs(keys)).publish(makeWrap(keys.pubkey)))[3];
    expect(await words(first)).toContain('restricted:');
    expect(await words(second)).toBe('');
    await relay.close();
    relay = await serve({ owner: host.pubkey });
    expect(await words(first)).toContain('restricted:');
    expect(await words(second)).toBe('');
  });

  test('nobody else changes or reads the list of members', async () => {
    await withOwner();
    const runner = makeKeys();
    const owner = await connectAs(host);
    await owner.publish(members([runner], 10));
    const client = await connectAs(runner);
    const own = runner.sign({ ...members([]), created_at: nowSeconds() });
    expect((await client.publish(own))[3]).toContain('restricted:');
    expect((await client.publish(members([])))[3]).toContain('restricted:');
    expect(await client.read({ kinds: [30_000] })).toEqual([]);
    expect(
      await owner.read({ kinds: [30_000], authors: [host.pubkey], '#d': ['entangle/members'] }),
    ).toHaveLength(1);
  });
});

describe('bounds', () => {
  test('filters', async () => {
    const client = await connectAs(host);
    const keys = Array.from({ length: 2_001 }, (_, i) => i.toString(16).padStart(64, '0'));
    expect(await client.read({ ids: keys })).toContain('2000 values');
    expect(await client.read(...Array.from({ length: 21 }, () => ({})))).toContain('20 filters');
    for (const bad of [{ kinds: 'x' }, { ids: ['x'] }, { search: 'x' }, { limit: -1 }, { since: 'x' }, []]) {
      expect(await client.read(bad)).toContain('invalid:');
    }
  });

  test('one subscription too many is answered with CLOSED', async () => {
    const client = await connectAs(host);
    for (let i = 0; i < 20; i++) client.send(['REQ', `s${i}`, { limit: 1 }]);
    for (let i = 0; i < 20; i++) await client.next('EOSE');
    client.send(['REQ', 'one', { limit: 1 }]);
    expect((await client.next('CLOSED')).slice(1, 2)).toEqual(['one']);
    client.send(['CLOSE', 's0']);
    client.send(['REQ', 'two', { limit: 1 }]);
    expect(await client.next('EOSE')).toEqual(['EOSE', 'two']);
  });

  test('one query gives at most 500, newest first, and pages back to the rest', async () => {
    const client = await connectAs(host);
    const count = 620;
    for (let i = 0; i < count; i++) client.send(['EVENT', makeWrap(host.pubkey, { age: i * 60 })]);
    await until(() => client.frames.filter(([name]) => name === 'OK').length === count, 'all stored');
    const first = (await client.read({ kinds: [1059], limit: 9_999 })) as string[];
    expect(first).toHaveLength(500);
    const rest = (await client.read({ kinds: [1059], until: nowSeconds() - 500 * 60 + 30 })) as string[];
    expect(new Set([...first, ...rest]).size).toBe(count);
  });

  test('rubbish is answered and dropped, too much of it ends the connection', async () => {
    const client = await connect();
    for (const frame of [
      '',
      '{}',
      '[]',
      '["EVENT"]',
      '["EVENT",{"id":1}]',
      '["AUTH",null]',
      '['.repeat(90_000),
      '[1]',
    ]) {
      client.send(frame);
      expect((await client.next('NOTICE'))[1]).toContain('invalid:');
    }
    for (let i = 0; i < 50; i++) client.send('[]');
    await until(() => !client.isOpen(), 'the relay to close');
    expect((await connectAs(host)).isOpen()).toBe(true);
  });

  test('bad signatures without end cost the connection', async () => {
    const client = await connectAs(host);
    for (let i = 0; i < 51; i++) client.send(['EVENT', { ...makeWrap(host.pubkey), sig: '0'.repeat(128) }]);
    await until(() => !client.isOpen(), 'the relay to close');
  });

  test('a reader that does not read is dropped, the others go on', async () => {
    const [sleeper, reader, sender] = [await connectAs(host), await connectAs(host), await connectAs(host)];
    for (const client of [sleeper, reader]) {
      client.send(['REQ', 'live', { kinds: [21059] }]);
      await client.next('EOSE');
    }
    sleeper.pause();
    const content = 'x'.repeat(60_000);
    for (let i = 0; i < 800; i++) {
      sender.send(['EVENT', makeWrap(host.pubkey, { kind: 21059, content })]);
      if (i % 50 === 0) await sender.next('OK');
    }
    const events = (client: RawClient) => client.frames.filter(([name]) => name === 'EVENT').length;
    await until(() => events(reader) === 800, 'all of them', 30_000);
    sleeper.resume();
    await until(() => !sleeper.isOpen(), 'the relay to have closed');
    expect(reader.isOpen()).toBe(true);
    expect(events(sleeper)).toBeLessThan(800);
  });

  test('a frame over 256 KiB ends the connection', async () => {
    const client = await connectAs(host);
    client.send(`["REQ","${'x'.repeat(257 * 1024)}"]`);
    await until(() => !client.isOpen(), 'the relay to close');
  });
});

test('the information document (NIP-11)', async () => {
  const url = relay.url.replace('ws:', 'http:');
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
  await expect(serve({ port: relay.port, directory: second })).rejects.toMatchObject({ code: 'unavailable' });
  await rm(second, { recursive: true });
});

test('what was published is there after a restart, on the same port', async () => {
  const client = await connectAs(host);
  const wrap = makeWrap(host.pubkey, { age: 170_000 });
  await client.publish(wrap);
  const { port } = relay;
  await relay.close();
  relay = await serve({ port });
  expect(await (await connectAs(host)).read({ kinds: [1059], '#p': [host.pubkey] })).toEqual([wrap.id]);
});
