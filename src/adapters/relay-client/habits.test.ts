/** What real relays do, and what becomes of their words (docs/threats.md T121). */
import * as nip44 from 'nostr-tools/nip44';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { connect, serve } from '../../../test/support/relay-client-kit.ts';
import { isOwnWord, makeKeys, makeWrap, nowSeconds, until } from '../../../test/support/relay-kit.ts';
import type { Script } from '../../../test/support/scripted-relay.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { Clock } from '../../ports/index.ts';
import { systemClock } from '../system/clock.ts';
import { clockTrouble, withOurTime } from './clock-trouble.ts';

const [me, node, other] = [makeKeys(), makeKeys(), makeKeys()];
const LONG = 60_000;
const EPHEMERAL = 21059;
const isEvent = ([name]: unknown[]): boolean => name === 'EVENT';
const answer = (socket: WebSocket, event: SignedEvent, words: string): true => {
  socket.send(JSON.stringify(['OK', event.id, words === '', words]));
  return true;
};

/** Milliseconds between the first frames of the first four connections that the relay sees. */
const gapsAt = async (habits: Partial<Script>): Promise<number[]> => {
  const seen = new Map<WebSocket, number>();
  const relay = await serve({
    ...habits,
    onFrame: (frame, socket) => {
      if (!seen.has(socket)) seen.set(socket, performance.now());
      return habits.onFrame?.(frame, socket) ?? false;
    },
  });
  connect([relay.url], [me]);
  await until(() => seen.size >= 4, 'four connections');
  const times = [...seen.values()].slice(0, 4);
  return times.slice(1).map((time, i) => time - times[i]!);
};
const isDoubling = ([, second, third]: number[]): boolean => second! >= 200 && third! >= 400;

describe('R27: strfry with its defaults of 2026', () => {
  test('one key a connection: each identity has its own, also one that comes later, and none is made anew', async () => {
    const relay = await serve();
    const wraps = [me, node, other].map(({ pubkey }) => makeWrap(pubkey, { age: 5_000 }));
    relay.stored.push(...wraps);
    const { session, ids, states } = connect([relay.url], [me, node]);
    expect(await session.synced(LONG)).toBe(true);
    session.setIdentities([me, node, other]);
    expect(await session.synced(LONG)).toBe(true);
    expect(ids()).toEqual(new Set(wraps.map(({ id }) => id)));
    expect(relay.sockets.size).toBe(3);
    const refused = relay.received.filter(([name]) => name === 'AUTH').length - 3;
    expect(refused).toBe(1);
    expect(states.some(({ state }) => state === 'closed')).toBe(false);
    expect(session.status()).toEqual([{ url: relay.url, state: 'synced' }]);
  });

  test('two keys a connection: five identities are on three, and read', async () => {
    const relay = await serve({ keys: 2 });
    const five = [me, node, other, makeKeys(), makeKeys()];
    const wraps = five.map(({ pubkey }) => makeWrap(pubkey, { age: 5_000 }));
    relay.stored.push(...wraps);
    const { session, ids } = connect([relay.url], five);
    expect(await session.synced(LONG)).toBe(true);
    expect(ids()).toEqual(new Set(wraps.map(({ id }) => id)));
    expect(relay.sockets.size).toBe(3);
  });

  test('a relay that shows nobody’s wraps, and never says so, is withholding', async () => {
    const silent = await serve({
      auth: 'none',
      answer: (found) => found.filter(({ kind }) => kind !== 1059),
      deliver: (send, event) => void (event.kind === 1059 || send(event)),
    });
    const { states } = connect([silent.url], [me]);
    await until(() => states.some(({ state }) => state === 'withholding'), 'the verdict');
    expect(states.some(({ state }) => state === 'synced')).toBe(false);
  });

  test.each([
    ['a byte more than 64 KiB', { content: 'x'.repeat(66_000) }, 'invalid: event too large'],
    ['of three years ago', { age: 94_700_000 }, 'invalid: created_at too early'],
    ['of an hour hence', { age: -3_600 }, 'invalid: created_at too late'],
  ])('what it does not take is refused with its words: %s', async (_, over, words) => {
    const relay = await serve();
    const { session } = connect([relay.url], [me]);
    expect(await session.synced(LONG)).toBe(true);
    expect(await session.publish(makeWrap(other.pubkey, over))).toMatchObject([
      { result: 'refused', detail: expect.stringContaining(words) },
    ]);
  });

  test('what it passes on it gives on request for a while: that is heard once more, and nothing else changes', async () => {
    const relay = await serve();
    const wrap = makeWrap(me.pubkey, { kind: EPHEMERAL });
    const { session } = connect([relay.url], [other]);
    expect(await session.synced(LONG)).toBe(true);
    await session.publish(wrap);
    const { session: late, ids } = connect([relay.url], [me]);
    expect(await late.synced(LONG)).toBe(true);
    await until(() => ids().has(wrap.id), 'the wrap that was passed on before');
    expect(late.status()).toEqual([{ url: relay.url, state: 'synced' }]);
  });

  test('who leaves takes the connection along', async () => {
    const relay = await serve();
    const { session, ids } = connect([relay.url], [me, node]);
    expect(await session.synced(LONG)).toBe(true);
    session.setIdentities([me]);
    await until(() => relay.sockets.size === 1, 'the end of the other connection');
    const wrap = makeWrap(me.pubkey);
    await session.publish(wrap);
    await until(() => ids().has(wrap.id), 'a wrap');
  });

  test('nobody is told what was read where a relay does not delete for recipients', async () => {
    const relay = await serve();
    const { session } = connect([relay.url], [me]);
    expect(await session.synced(LONG)).toBe(true);
    await session.discard(me.pubkey, ['aa'.repeat(32)]);
    await session.publish(makeWrap(me.pubkey));
    expect(relay.received.filter(([, event]) => (event as SignedEvent).kind === 5)).toEqual([]);
  });

  test('wraps that are not stored come too', async () => {
    const relay = await serve();
    const { session, ids } = connect([relay.url], [me, node]);
    expect(await session.synced(LONG)).toBe(true);
    const live = [me, node].map(({ pubkey }) => makeWrap(pubkey, { kind: EPHEMERAL }));
    for (const wrap of live) await session.publish(wrap);
    await until(() => live.every(({ id }) => ids().has(id)), 'both');
  });
});

describe('more wraps of one second than a relay gives at once', () => {
  const crowd = (count: number): SignedEvent[] => {
    const wrap = makeWrap(me.pubkey, { age: 5_000 });
    return Array.from({ length: count }, (_, n) => ({ ...wrap, id: n.toString(16).padStart(64, '0') }));
  };
  /** A clock whose long waits end when the test says so. */
  const patient = () => {
    let wake = () => {};
    const sleep: Clock['sleep'] = (ms, signal) =>
      ms < 120_000 ? systemClock.sleep(ms, signal) : new Promise((resolve) => (wake = resolve));
    return { clock: { ...systemClock, sleep } satisfies Clock, wake: () => wake() };
  };

  test('are not synced, and told; what is left comes when the others are gone', async () => {
    const relay = await serve();
    const all = crowd(501);
    relay.stored.push(...all);
    const { clock, wake } = patient();
    const syncs: string[] = [];
    const { session, ids, states } = connect(
      [relay.url],
      [me],
      { onSync: (url) => void syncs.push(url) },
      clock,
    );
    await until(() => states.some(({ state }) => state === 'withholding'), 'the verdict');
    expect(ids().size).toBe(500);
    expect(syncs).toEqual([]);
    const second = new Date(all[0]!.created_at * 1000).toISOString();
    expect(session.status()).toEqual([
      {
        url: relay.url,
        state: 'withholding',
        detail: `holds more of ${second} than it gives at once: some may be missing`,
      },
    ]);
    relay.stored.splice(0, relay.stored.length, ...all.filter(({ id }) => !ids().has(id)));
    wake();
    expect(await session.synced(LONG)).toBe(true);
    expect(ids().size).toBe(501);
    expect(session.status()).toEqual([{ url: relay.url, state: 'synced' }]);
  });

  test('withhold the mailbox that they are in, and no other of the same connection', async () => {
    const relay = await serve({ auth: 'none' });
    relay.stored.push(...crowd(501), makeWrap(node.pubkey, { age: 5_000 }));
    const { clock, wake } = patient();
    const marks: (readonly string[])[] = [];
    const onSync = (_url: string, keys: readonly string[]) => void marks.push(keys);
    const { session, ids } = connect([relay.url], [me, node], { onSync }, clock);
    await until(() => marks.length > 0, 'the mark of the other');
    expect(marks).toEqual([[node.pubkey]]);
    expect(ids().size).toBe(501);
    expect(session.status()).toMatchObject([
      { state: 'withholding', detail: expect.stringContaining('holds more of') },
    ]);
    const before = relay.received.length;
    relay.stored.splice(0, 400);
    wake();
    expect(await session.synced(LONG)).toBe(true);
    expect(marks.slice(1)).toEqual([[me.pubkey, node.pubkey]]);
    const asked = relay.received.slice(before).filter(([, id]) => String(id).startsWith('page-'));
    const keys = asked.flatMap(([, , filter]) => (filter as { '#p': string[] } | undefined)?.['#p'] ?? []);
    expect(new Set(keys)).toEqual(new Set([me.pubkey]));
  });

  test('a reading that began for another reason is not begun anew when the time for that comes', async () => {
    let isHeld = false;
    const relay = await serve({
      auth: 'none',
      onFrame: ([name, id]) => isHeld && name === 'REQ' && String(id).startsWith('page-'),
    });
    relay.stored.push(...crowd(501));
    const { clock, wake } = patient();
    const { session, states } = connect([relay.url], [me], {}, clock);
    await until(() => states.some(({ state }) => state === 'withholding'), 'the verdict');
    isHeld = true;
    const live = () => relay.received.filter(([, id]) => String(id).startsWith('live-')).length;
    const before = live();
    session.setIdentities([me, node]);
    await until(() => live() > before && String(relay.received.at(-1)![1]).startsWith('page-'), 'a page');
    const reading = live();
    wake();
    // Whatever the timer sends comes before the second of these.
    for (let i = 0; i < 2; i++) await session.publish(makeWrap(other.pubkey));
    expect(live()).toBe(reading);
  });

  test('are read where it gives more when it is asked for more', async () => {
    const relay = await serve({ limit: 1_000 });
    relay.stored.push(...crowd(900), makeWrap(me.pubkey, { age: 6_000 }));
    const { session, ids } = connect([relay.url], [me]);
    expect(await session.synced(LONG)).toBe(true);
    expect(ids().size).toBe(901);
  });
});

describe('what is written to oneself', () => {
  test('an earlier session’s word proves it again: nothing more is written', async () => {
    const relay = await serve();
    for (let i = 0; i < 3; i++) {
      const { session, wraps } = connect([relay.url], [me]);
      expect(await session.synced(LONG)).toBe(true);
      expect(wraps).toEqual([]);
      await session.close();
    }
    expect(relay.stored).toHaveLength(1);
    const [word] = relay.stored;
    expect(isOwnWord(word!)).toBe(true);
    expect(Number(word!.tags.find(([name]) => name === 'expiration')?.[1])).toBeGreaterThan(nowSeconds());
  });

  test('it has the form of a gift wrap, for relays that look: nothing tells its content from an encrypted one', async () => {
    const relay = await serve();
    const { session } = connect([relay.url], [me]);
    expect(await session.synced(LONG)).toBe(true);
    const written = () =>
      relay.received.flatMap(([name, event]) => (name === 'EVENT' ? [event as SignedEvent] : []));
    await until(() => written().length === 2, 'both words');
    expect(written().map(({ kind }) => kind)).toEqual([1059, EPHEMERAL]);
    for (const { content, tags } of written()) {
      expect(tags.filter(([name]) => name === 'p')).toEqual([['p', me.pubkey]]);
      // Version, sizes and base64 are right; only who has the key sees that nobody wrote it.
      expect(() => nip44.decrypt(content, new Uint8Array(32))).toThrow('invalid MAC');
    }
  });

  test('what was read before it came back is read again', async () => {
    let isHiding = true;
    const habits: Partial<Script> = {
      auth: 'none',
      answer: (found) => (isHiding ? [] : found),
      deliver: (send, event) => void (isHiding || send(event)),
    };
    const relay = await serve(habits);
    const wrap = makeWrap(me.pubkey, { age: 5_000 });
    relay.stored.push(wrap);
    const clock: Clock = {
      now: systemClock.now,
      monotonic: () => 20 * systemClock.monotonic(),
      sleep: (ms, signal) => systemClock.sleep(ms / 20, signal),
    };
    const { session, ids, states } = connect([relay.url], [me], {}, clock);
    await until(() => states.some(({ state }) => state === 'withholding'), 'the verdict');
    expect(session.status()[0]!.detail).toContain('does not give back');
    expect(ids().size).toBe(0);
    isHiding = false;
    expect(await session.synced(20 * LONG)).toBe(true);
    expect([...ids()]).toEqual([wrap.id]);
    expect(session.status()).toEqual([{ url: relay.url, state: 'synced' }]);
  });
});

describe('T121: its words are in the status', () => {
  const says = async (words: string, habits: Partial<Script>): Promise<void> => {
    const relay = await serve({ auth: 'none', ...habits });
    const { states } = connect([relay.url], [me]);
    await until(() => states.some(({ detail }) => detail?.includes(words)), words);
  };

  test('of a refused event', () =>
    says('blocked: pubkey is not on the white-list', {
      onFrame: (frame, socket) =>
        isEvent(frame) && answer(socket, frame[1] as SignedEvent, 'blocked: pubkey is not on the white-list'),
    }));

  test('of a refused event of another kind, which is not passed', () =>
    says('does not pass kind 21059: blocked: kind not allowed', {
      onFrame: (frame, socket) =>
        isEvent(frame) &&
        (frame[1] as SignedEvent).kind === EPHEMERAL &&
        answer(socket, frame[1] as SignedEvent, 'blocked: kind not allowed'),
    }));

  /** How long an answer is waited for: as long as everywhere, since a busy machine takes its time. */
  const ANSWER_MS = 5_000;
  /** A relay that refuses for its pace, so often; a minute takes some milliseconds. */
  const hurried = async (refusals: number) => {
    let asked = 0;
    const relay = await serve({
      auth: 'none',
      onFrame: (frame, socket) =>
        isEvent(frame) &&
        (frame[1] as SignedEvent).kind === EPHEMERAL &&
        ++asked <= refusals &&
        answer(socket, frame[1] as SignedEvent, 'rate-limited: one message a second'),
    });
    const clock: Clock = {
      now: systemClock.now,
      monotonic: () => 200 * systemClock.monotonic(),
      sleep: (ms, signal) => systemClock.sleep(ms === ANSWER_MS ? ms : ms / 200, signal),
    };
    const { states } = connect([relay.url], [me], {}, clock);
    const told = () => states.map(({ detail }) => detail).filter(Boolean);
    return { asked: () => asked, told, last: () => states.at(-1)?.detail };
  };

  test('not that it does not pass a kind where it only spoke of the pace: it is asked again', async () => {
    const { asked, told } = await hurried(1);
    await until(() => asked() === 2, 'another try');
    expect(told()).toEqual([]);
  });

  test('that it does not pass a kind, where it speaks of nothing but the pace', async () => {
    const { asked, told } = await hurried(Number.POSITIVE_INFINITY);
    await until(() => told().length > 0, 'its words');
    expect(told()[0]).toBe('does not pass kind 21059: rate-limited: one message a second');
    expect(asked()).toBe(3);
  });

  test('no more of that once it passes it after all', async () => {
    const { told, last } = await hurried(3);
    await until(() => told().length > 0, 'its words');
    await until(() => last() === undefined, 'that it passes');
  });

  test('of a refused authentication', () =>
    says('restricted: this key has not paid', {
      auth: 'required',
      onFrame: (frame, socket) =>
        frame[0] === 'AUTH' && answer(socket, frame[1] as SignedEvent, 'restricted: this key has not paid'),
    }));

  test('of a closed subscription', () =>
    says('error: too many subscriptions', {
      onFrame: ([name, id], socket) => {
        if (name === 'REQ') socket.send(JSON.stringify(['CLOSED', id, 'error: too many subscriptions']));
        return name === 'REQ';
      },
    }));

  test('of a notice', () =>
    says('maintenance at noon', {
      onFrame: ([name], socket) => {
        if (name === 'REQ') socket.send(JSON.stringify(['NOTICE', 'maintenance at noon']));
        return name === 'REQ';
      },
    }));

  test('the end of a connection stays in sight while the next one is tried', async () => {
    const relay = await serve({
      onFrame: (_frame, socket) => {
        socket.close(4000);
        return true;
      },
    });
    const { states } = connect([relay.url], [me]);
    await until(() => states.filter(({ state }) => state === 'connecting').length > 1, 'another try');
    expect(states.filter(({ state }) => state === 'connecting').at(-1)!.detail).toContain('closed (4000)');
  });

  test('each change is told once', async () => {
    const relay = await serve({
      auth: 'none',
      onFrame: (frame, socket) => isEvent(frame) && answer(socket, frame[1] as SignedEvent, 'blocked: no'),
    });
    const { session, states } = connect([relay.url], [me]);
    await until(() => session.status()[0]!.state === 'withholding', 'the verdict');
    for (let i = 0; i < 5; i++) await session.publish(makeWrap(other.pubkey));
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(states.length);
  });
});

describe('no reconnect storm', () => {
  test('where no key is taken', async () => {
    const refuse: Script['onFrame'] = (frame, socket) =>
      frame[0] === 'AUTH' && answer(socket, frame[1] as SignedEvent, 'restricted: no');
    expect(await gapsAt({ onFrame: refuse })).toSatisfy(isDoubling);
  });

  test('where each connection ends after its sync', async () => {
    const end: Script['onFrame'] = (frame, socket) => {
      const isLast = isEvent(frame) && (frame[1] as SignedEvent).kind === EPHEMERAL;
      if (isLast) socket.terminate();
      return isLast;
    };
    expect(await gapsAt({ auth: 'none', onFrame: end })).toSatisfy(isDoubling);
  });
});

test('a clock that is hours wrong is told with both times', () => {
  const now = Date.UTC(2026, 10, 26, 9, 0, 0);
  expect(clockTrouble('Thu, 26 Nov 2026 12:00:00 GMT', now)).toBe(
    'its clock says 2026-11-26T12:00:00.000Z, this machine’s says 2026-11-26T09:00:00.000Z',
  );
  expect(clockTrouble('Thu, 26 Nov 2026 09:04:00 GMT', now)).toBeNull();
  expect(clockTrouble('Sat, 01 Jan 275000 00:00:00 GMT', now)).toBeNull();
  expect(clockTrouble('yesterday', now)).toBeNull();
  expect(clockTrouble(undefined, now)).toBeNull();
});

test('words about time come with our own', () => {
  const now = Date.UTC(2026, 10, 26, 9, 0, 0);
  for (const words of [
    'invalid: event timestamp too far from server time',
    'invalid: ephemeral event expired',
    'invalid: created_at too late',
    'invalid: too old or in the future',
  ])
    expect(withOurTime(words, now)).toBe(`${words} (this machine’s clock says 2026-11-26T09:00:00.000Z)`);
  expect(withOurTime('blocked: no', now)).toBe('blocked: no');
});
