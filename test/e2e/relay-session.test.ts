/** Stories of delivery: killed relays, lying relays, other people's clients. Real processes, real sockets. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SimplePool, useWebSocketImplementation } from 'nostr-tools/pool';
import { Relay, useWebSocketImplementation as useForRelay } from 'nostr-tools/relay';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { relayClient } from '../../src/adapters/relay-client/session.ts';
import { serveRelay } from '../../src/adapters/relay-server/server.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { systemRandom } from '../../src/adapters/system/random.ts';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import type { RelaySession } from '../../src/ports/index.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { times } from '../support/counts.ts';
import { hostileRelay } from '../support/hostile-relay.ts';
import { type Keys, makeKeys, makeWrap, rawClient, until, verify } from '../support/relay-kit.ts';

const connectRelays = relayClient(systemClock, systemRandom);
const script = bundledProgram(new URL('../support/relay-process.ts', import.meta.url).pathname);

let directory: string;
let closers: (() => unknown)[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'entangle-relay-'));
  closers = [];
});
afterEach(async () => {
  for (const close of closers.reverse()) await close();
  await rm(directory, { recursive: true });
});

type RelayProcess = { url: string; port: number; kill(): Promise<void> };
async function startRelay(port = 0): Promise<RelayProcess> {
  const child: ChildProcess = spawn(process.execPath, [script, directory, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  closers.push(kill);
  const [first] = (await once(child.stdout!, 'data')) as [Buffer];
  const url = first.toString().trim();
  return { url, port: Number(new URL(url).port), kill };
}

type Reader = { session: RelaySession; ids: Set<string>; calls: () => number };
function read(urls: string[], keys: Keys): Reader {
  const ids = new Set<string>();
  let calls = 0;
  const session = connectRelays({
    urls,
    identities: [keys],
    lastSync: () => null,
    onWrap: (text) => {
      calls++;
      const event = JSON.parse(text) as SignedEvent;
      // As the real receiver does: only a verified event is remembered as seen.
      if (!ids.has(event.id) && verify(event)) ids.add(event.id);
    },
  });
  closers.push(() => session.close());
  return { session, ids, calls: () => calls };
}

const backdated = (to: string, n: number): SignedEvent => makeWrap(to, { age: (n * 7_919) % 172_000 });

/** Resends until the relay said that it is stored, as the outbox does. */
async function publishSurely(session: RelaySession, event: SignedEvent): Promise<void> {
  for (;;) {
    const outcomes = await session.publish(event);
    if (outcomes.some(({ result }) => result === 'stored')) return;
    await session.synced(1_000);
  }
}

describe('a relay that is killed', () => {
  test('loses none of the wraps that it said it stored, and the reader misses none', async () => {
    const count = times(160, 1_400);
    const kills = times(2, 5);
    const me = makeKeys();
    let relay = await startRelay();
    const sender = connectRelays({
      urls: [relay.url],
      identities: [makeKeys()],
      lastSync: () => null,
      onWrap: () => {},
    });
    closers.push(() => sender.close());
    const { session, ids } = read([relay.url], me);
    expect(await sender.synced(10_000)).toBe(true);
    expect(await session.synced(10_000)).toBe(true);
    const sent = new Set<string>();
    let stored = 0;
    const stream = async (from: number, step: number) => {
      for (let n = from; n < count; n += step) {
        const wrap = backdated(me.pubkey, n);
        sent.add(wrap.id);
        await publishSurely(sender, wrap);
        stored++;
      }
    };
    const streams = Promise.all(Array.from({ length: 8 }, (_, n) => stream(n, 8)));
    for (let kill = 1; kill <= kills; kill++) {
      await until(() => stored >= (count * kill) / (kills + 1), 'the stream to run', 60_000);
      await relay.kill();
      relay = await startRelay(relay.port);
    }
    await streams;
    await until(() => ids.size >= count, `all ${count} wraps, of which ${ids.size} came`, 30_000);
    expect(ids).toEqual(sent);
  });

  test('gives a client that was away everything, more than a page', async () => {
    const count = times(520, 1_400);
    const me = makeKeys();
    const relay = await startRelay();
    const client = await rawClient(relay.url);
    await client.authenticate(makeKeys());
    for (let n = 0; n < count; n++) client.send(['EVENT', backdated(me.pubkey, n)]);
    await until(() => client.frames.filter(([name]) => name === 'OK').length === count, 'all stored', 60_000);
    client.close();
    await relay.kill();
    const again = await startRelay(relay.port);
    const { session, ids } = read([again.url], me);
    expect(await session.synced(20_000)).toBe(true);
    expect(ids.size).toBe(count);
  });
});

test('a relay that lies: what is resent until it arrives, arrives', async () => {
  const me = makeKeys();
  const relays = [await hostileRelay({ seed: 1 }), await hostileRelay({ seed: 2, auth: 'required' })];
  for (const relay of relays) closers.push(() => relay.close());
  const urls = relays.map(({ url }) => url);
  const { session, ids, calls } = read(urls, me);
  const sender = connectRelays({ urls, identities: [makeKeys()], lastSync: () => null, onWrap: () => {} });
  closers.push(() => sender.close());
  const isSynced = (each: RelaySession) => each.status().every(({ state }) => state === 'synced');
  // The sender's own mailbox is empty: its relays are synced as soon as they are open.
  await until(() => isSynced(session) && isSynced(sender), 'both to be connected');
  const wraps = Array.from({ length: times(100, 200) }, (_, n) => backdated(me.pubkey, n));
  const missing = () => wraps.filter(({ id }) => !ids.has(id));
  for (let round = 0; missing().length > 0 && round < 20; round++) {
    await Promise.all(missing().map((wrap) => sender.publish(wrap)));
    await until(() => missing().length === 0, 'the rest', 400).catch(() => {});
  }
  expect(missing()).toEqual([]);
  expect(calls()).toBeGreaterThan(wraps.length);
  for (const { stats } of relays) expect(stats.dropped).toBeGreaterThan(0);
});

test('a copy with a bad signature from one relay does not block the genuine event from another', async () => {
  const me = makeKeys();
  const genuine = makeWrap(me.pubkey, { age: 1_000 });
  const relays = [await hostileRelay({ seed: 3, drop: 0 }), await hostileRelay({ seed: 4, drop: 0 })];
  for (const relay of relays) closers.push(() => relay.close());
  const { session, ids, calls } = read(
    relays.map(({ url }) => url),
    me,
  );
  await until(() => session.status().every(({ state }) => state === 'synced'), 'both relays');
  const [bad, good] = [await rawClient(relays[0]!.url), await rawClient(relays[1]!.url)];
  await bad.publish({ ...genuine, sig: '0'.repeat(128) });
  await until(() => calls() > 0, 'the bad copy');
  expect(ids.size).toBe(0);
  await good.publish(genuine);
  await until(() => ids.has(genuine.id), 'the genuine event');
  bad.close();
  good.close();
});

describe('clients that nobody here wrote', () => {
  const serve = async () => {
    const relay = await serveRelay({
      host: '127.0.0.1',
      port: 0,
      directory,
      clock: systemClock,
      random: systemRandom,
      verify,
      suite: suiteWasm,
    });
    closers.push(() => relay.close());
    return relay;
  };
  useWebSocketImplementation(WebSocket);
  useForRelay(WebSocket);

  test('nostr-tools Relay authenticates, publishes and reads', async () => {
    const { url } = await serve();
    const me = makeKeys();
    const client = new Relay(url);
    closers.push(() => client.close());
    await client.connect();
    await until(() => Reflect.get(client, 'challenge') !== undefined, 'a challenge');
    await client.auth(async (template) => me.sign(template) as never);
    const wraps = [makeWrap(me.pubkey), makeWrap(me.pubkey, { age: 100_000 })];
    await client.publish(wraps[0]!);
    const seen: string[] = [];
    client.subscribe([{ kinds: [1059, 21059], '#p': [me.pubkey] }], {
      onevent: ({ id }) => void seen.push(id),
    });
    await until(() => seen.length === 1, 'the stored wrap');
    await client.publish(wraps[1]!);
    await until(() => seen.length === 2, 'the live wrap');
    expect(seen).toEqual(wraps.map(({ id }) => id));
  });

  test('nostr-tools SimplePool publishes with authentication, and our session reads it', async () => {
    const { url } = await serve();
    const me = makeKeys();
    const other = makeKeys();
    const { session, ids } = read([url], me);
    expect(await session.synced(5_000)).toBe(true);
    const pool = new SimplePool();
    closers.push(() => pool.close([url]));
    const wrap = makeWrap(me.pubkey, { age: 150_000 });
    await Promise.all(
      pool.publish([url], wrap, { onauth: async (template) => other.sign(template) as never }),
    );
    await until(() => ids.has(wrap.id), 'the wrap');
  });
});
