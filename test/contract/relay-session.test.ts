/** What a relay session promises, over sockets to a scripted relay and in memory. A wrap is given at least once. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { SignedEvent } from '../../src/core/nostr/event.ts';
import { virtualClock } from '../sim/virtual-clock.ts';
import { makeKeys, makeWrap, nowSeconds, until } from '../support/relay-kit.ts';
import {
  listen,
  REFUSAL,
  type RelayBench,
  relayInMemory,
  relayOfOthers,
  relayOverSockets,
} from './relay-bench.ts';

const [me, other] = [makeKeys(), makeKeys()];
const LONG = 60_000;

describe.each([
  ['sockets', relayOverSockets],
  ['memory', relayInMemory],
  ['@nostr-relay/core', relayOfOthers],
])('relay session: %s', (_, make) => {
  let bench: RelayBench;
  beforeEach(async () => {
    bench = await make();
  });
  const { pubkey } = me;
  const stored = async (wrap = makeWrap(pubkey)): Promise<string> => {
    await bench.store(wrap);
    return wrap.id;
  };

  test('an event that the relay takes is stored, also again; a URL named twice is one relay', async () => {
    const { session } = listen(bench, [me]);
    expect(await session.synced(LONG)).toBe(true);
    const wrap = makeWrap(other.pubkey);
    for (let i = 0; i < 2; i++)
      expect(await session.publish(wrap)).toMatchObject([{ url: bench.url, result: 'stored' }]);
    expect(bench.stored()).toEqual([wrap.id]);
  });

  test('an event goes to the relays that are named', async () => {
    const { session } = listen(bench, [me]);
    expect(await session.synced(LONG)).toBe(true);
    expect(await session.publish(makeWrap(other.pubkey), ['wss://relay.example.org'])).toEqual([]);
    expect(bench.stored()).toEqual([]);
    const wrap = makeWrap(other.pubkey);
    expect(await session.publish(wrap, [bench.url])).toMatchObject([{ result: 'stored' }]);
    expect(bench.stored()).toEqual([wrap.id]);
  });

  test('an event that the relay does not take is refused, with its words', async () => {
    const { session } = listen(bench, [me]);
    expect(await session.synced(LONG)).toBe(true);
    bench.refuse();
    const outcome = await session.publish(makeWrap(other.pubkey));
    expect(outcome).toEqual([{ url: bench.url, result: 'refused', detail: REFUSAL }]);
    expect(session.status()[0]!.detail).toContain(REFUSAL);
    expect(bench.stored()).toEqual([]);
  });

  test('before there is a connection the outcome is unknown', async () => {
    const { session } = listen(bench, [me]);
    expect(await session.publish(makeWrap(pubkey))).toMatchObject([{ url: bench.url, result: 'unknown' }]);
    expect(bench.stored()).toEqual([]);
  });

  test('what is stored for its keys is given, then what comes; nothing for others', async () => {
    const first = [await stored(), await stored(makeWrap(pubkey, { age: 3 * 86_400 }))];
    await stored(makeWrap(other.pubkey));
    const syncs: [string, readonly string[]][] = [];
    const { session, heard } = listen(bench, [me], { onSync: (url, keys) => void syncs.push([url, keys]) });
    expect(await session.synced(LONG)).toBe(true);
    expect(new Set(heard)).toEqual(new Set(first));
    expect(syncs).toEqual([[bench.url, [pubkey]]]);
    const { session: sender } = listen(bench, [other]);
    expect(await sender.synced(LONG)).toBe(true);
    const live = makeWrap(pubkey);
    await sender.publish(live);
    await until(() => heard.includes(live.id), 'the live wrap');
    expect(new Set(heard)).toEqual(new Set([...first, live.id]));
  });

  test('T26: pages back to as long before the last sync as wraps are backdated', async () => {
    const last = nowSeconds() - 9_000;
    const backdated = 2 * 86_400 + 15 * 60;
    const age = nowSeconds() - last + backdated;
    const young = await stored(makeWrap(pubkey, { age: age - 60 }));
    await stored(makeWrap(pubkey, { age: age + 60 }));
    const { session, heard } = listen(bench, [me], { lastSync: () => last });
    expect(await session.synced(LONG)).toBe(true);
    expect(new Set(heard)).toEqual(new Set([young]));
  });

  test('a key that is added later is read back too, and is not synced before', async () => {
    const ids = [await stored(), await stored(makeWrap(other.pubkey, { age: 86_400 }))];
    const { session, heard } = listen(bench, [me]);
    expect(await session.synced(LONG)).toBe(true);
    session.setIdentities([me, other]);
    expect(session.status()).toMatchObject([{ url: bench.url, state: 'open' }]);
    expect(await session.synced(LONG)).toBe(true);
    expect(new Set(heard)).toEqual(new Set(ids));
  });

  test('R27: a relay that gives nothing back is withholding, never synced', async () => {
    bench.hide();
    const syncs: string[] = [];
    const { session } = listen(bench, [me], { onSync: (url) => void syncs.push(url) });
    await until(() => session.status()[0]!.state === 'withholding', 'the verdict');
    expect(await session.synced(50)).toBe(false);
    expect(session.hasGiven()).toBe(false);
    expect(syncs).toEqual([]);
  });

  test('while a wrap is being taken no other is given', async () => {
    const ids = [await stored(), await stored(), await stored()];
    let release = () => {};
    const gate = new Promise<void>((done) => {
      release = done;
    });
    const given: string[] = [];
    const onWrap = (text: string) => {
      given.push((JSON.parse(text) as SignedEvent).id);
      return gate;
    };
    const { session } = listen(bench, [me], { onWrap });
    await until(() => given.length === 1, 'the first wrap');
    expect(await session.synced(50)).toBe(false);
    expect(given).toHaveLength(1);
    release();
    expect(await session.synced(LONG)).toBe(true);
    expect(new Set(given)).toEqual(new Set(ids));
  });

  test('a wrap that could not be taken comes again', async () => {
    const id = await stored();
    const given: string[] = [];
    const onWrap = async (text: string) => {
      given.push((JSON.parse(text) as SignedEvent).id);
      if (given.length === 1) throw new Error('disk full');
    };
    const { session } = listen(bench, [me], { onWrap });
    expect(await session.synced(LONG)).toBe(true);
    expect(given.slice(0, 2)).toEqual([id, id]);
  });

  test('a relay that was away is found again, with what came meanwhile', async () => {
    const { session, heard } = listen(bench, [me]);
    expect(await session.synced(LONG)).toBe(true);
    await bench.down();
    await until(() => session.status()[0]!.state === 'closed', 'the end of the connection');
    expect(await session.publish(makeWrap(pubkey))).toMatchObject([{ result: 'unknown' }]);
    await bench.up();
    const id = await stored();
    await until(() => heard.includes(id), 'what came meanwhile');
    expect(await session.synced(LONG)).toBe(true);
  });

  test('closed, it gives and takes nothing, and waits for nobody', async () => {
    const { session, heard } = listen(bench, [me]);
    expect(await session.synced(LONG)).toBe(true);
    await session.close();
    await stored();
    expect(session.status()).toMatchObject([{ url: bench.url, state: 'closed' }]);
    expect(await session.synced(LONG)).toBe(false);
    expect(await session.publish(makeWrap(pubkey))).toMatchObject([{ result: 'unknown' }]);
    expect(heard).toEqual([]);
  });
});

/** In memory alone: time that passes at once is over before a socket has answered. */
describe('T123: a mailbox of which each wrap takes a while', () => {
  const TAKE_MS = 600;
  /** What the session says when relays may be silent for a second, and after how long. */
  const syncOf = async (wraps: number, mostMs?: number) => {
    const time = virtualClock();
    const slow = await relayInMemory(time.clock);
    const filled = Promise.all(Array.from({ length: wraps }, () => slow.store(makeWrap(me.pubkey))));
    await time.pass(1_000);
    await filled;
    const { session } = listen(slow, [me], { onWrap: () => time.pass(TAKE_MS) });
    expect(session.hasGiven()).toBe(false);
    const start = time.elapsed();
    const synced = session.synced(1_000, mostMs).then((is) => ({ is, after: time.elapsed() - start }));
    // In memory connecting takes a moment of this clock.
    await time.pass(100);
    return { ...(await synced), hasGiven: session.hasGiven() };
  };
  test('is read to its end, since a long one is no silence', async () => {
    expect(await syncOf(8)).toMatchObject({ is: true, hasGiven: true });
  });
  test('is read for no longer than who asks can wait', async () => {
    const { is, after } = await syncOf(8, 1_000);
    expect(is).toBe(false);
    expect(after).toBeLessThan(1_000 + 2 * TAKE_MS);
  });
  test('is read for ten times as long as relays may be silent', async () => {
    const { is, after, hasGiven } = await syncOf(40);
    expect({ is, hasGiven }).toEqual({ is: false, hasGiven: true });
    expect(after).toBeGreaterThanOrEqual(10_000);
    expect(after).toBeLessThan(10_000 + 2 * TAKE_MS);
  });
});
