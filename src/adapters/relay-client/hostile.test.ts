import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { connect, serve } from '../../../test/support/relay-client-kit.ts';
import { makeKeys, makeWrap, until } from '../../../test/support/relay-kit.ts';
import type { Script } from '../../../test/support/scripted-relay.ts';
import type { Clock } from '../../ports/index.ts';
import { systemClock } from '../system/clock.ts';

const me = makeKeys();

describe('hostile relays', () => {
  const demoted = async (habits: Partial<Script>, words: string) => {
    const waits: number[] = [];
    const clock: Clock = {
      ...systemClock,
      sleep: (ms, signal) => {
        if (ms >= 15_000) waits.push(ms);
        return systemClock.sleep(ms, signal);
      },
    };
    const bad = await serve({ auth: 'none', ...habits });
    const good = await serve();
    const wrap = makeWrap(me.pubkey);
    good.stored.push(wrap);
    const { session, states, ids } = connect([bad.url, good.url], [me], {}, clock);
    await until(
      () => states.some(({ url, detail }) => url === bad.url && detail?.includes(words)),
      words,
      30_000,
    );
    await until(() => waits.length > 0, 'a long wait');
    expect(waits.every((ms) => ms <= 30_000)).toBe(true);
    expect(await session.synced(5_000)).toBe(true);
    expect(ids().has(wrap.id)).toBe(true);
  };

  test('endless events without EOSE', () => {
    const event = JSON.stringify(makeWrap(me.pubkey));
    let serial = 0;
    return demoted(
      {
        onFrame: ([name, id], socket) => {
          if (name !== 'REQ') return false;
          const flood = () => {
            for (let i = 0; i < 200; i++) {
              const copy = event.replace(/"id":"[^"]*"/, `"id":"${String(serial++).padStart(64, '0')}"`);
              socket.send(`["EVENT","${id}",${copy}]`);
            }
            if (socket.readyState === socket.OPEN) setImmediate(flood);
          };
          flood();
          return true;
        },
      },
      'endless',
    );
  });

  test('one that is left while a wrap is being taken: what fails to be taken ends nothing else', async () => {
    const event = JSON.stringify(makeWrap(me.pubkey));
    const rubbish = `["EVENT","nobody",${event}]`;
    const { url } = await serve({
      auth: 'none',
      onFrame: ([name, id], socket) => {
        if (name !== 'REQ' || id === 'ephemeral') return false;
        for (let i = 0; i < 100; i++) socket.send(rubbish);
        socket.send(`["EVENT","${id}",${event}]`);
        socket.send(rubbish);
        return true;
      },
    });
    let failed = false;
    const isLeft = () => states.some(({ detail }) => detail?.includes('too many bad frames'));
    const onWrap = async () => {
      await until(isLeft, 'its end', 30_000);
      failed = true;
      throw new Error('the disk is full');
    };
    const { states } = connect([url], [me], { atOnce: 8, onWrap });
    await until(() => failed, 'what failed', 30_000);
    // A rejection that nobody took ends a process, and is an error of this run
    await new Promise(setImmediate);
  });

  test('live events without end', () => {
    const event = JSON.stringify(makeWrap(me.pubkey));
    let serial = 0;
    return demoted(
      {
        onFrame: ([name, id], socket) => {
          if (name !== 'REQ') return false;
          socket.send(JSON.stringify(['EOSE', id]));
          const flood = () => {
            for (let i = 0; i < 500; i++) {
              const copy = event.replace(/"id":"[^"]*"/, `"id":"${String(serial++).padStart(64, '0')}"`);
              socket.send(`["EVENT","${id}",${copy}]`);
            }
            if (socket.readyState === socket.OPEN) setImmediate(flood);
          };
          if (String(id).startsWith('live')) flood();
          return true;
        },
      },
      'endless live events',
    );
  });

  test('rubbish without end', () =>
    demoted(
      {
        onFrame: ([name], socket) => {
          for (let i = 0; i < 60; i++)
            for (const text of ['', '[', '[]', 'null', '{"x":1}']) socket.send(text);
          return name === 'REQ';
        },
      },
      'too many bad frames',
    ));

  test('challenge after challenge', () =>
    demoted(
      {
        onFrame: ([name], socket) => {
          for (let i = 0; i < 10; i++) socket.send(`["AUTH","${i}"]`);
          return name === 'REQ';
        },
      },
      'too many challenges',
    ));

  test('a frame too big, many fragments and binary do not stop the session', async () => {
    const fragments = (socket: WebSocket) => {
      for (let i = 0; i < 100; i++) socket.send('[', { fin: false });
    };
    const attacks = [
      (socket: WebSocket) => socket.send('x'.repeat(300 * 1024)),
      fragments,
      (socket: WebSocket) => {
        socket.send(Buffer.from('["EOSE","live-1"]'));
        socket.close();
      },
    ];
    const count = attacks.length;
    const relay = await serve({
      auth: 'none',
      onFrame: ([, id], socket) => {
        if (id === 'ephemeral') return false;
        attacks[0]?.(socket);
        return attacks.shift() !== undefined;
      },
    });
    const { session, states } = connect([relay.url], [me]);
    expect(await session.synced(10_000)).toBe(true);
    expect(attacks).toEqual([]);
    expect(states.filter(({ state }) => state === 'closed')).toHaveLength(count);
  });

  test('T60 compression is not offered, so nothing can unfold', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: true });
    const offers: unknown[] = [];
    server.on('connection', (socket, request) => {
      offers.push([request.headers['sec-websocket-extensions'], socket.extensions]);
    });
    await new Promise((resolve) => server.once('listening', resolve));
    connect([`ws://127.0.0.1:${(server.address() as AddressInfo).port}`], [me]);
    await until(() => offers.length > 0, 'a connection');
    expect(offers[0]).toEqual([undefined, '']);
    server.close();
  });

  test('a wrap over 64 KiB is dropped, the next one arrives', async () => {
    const relay = await serve({ auth: 'none' });
    relay.stored.push(makeWrap(me.pubkey, { content: 'x'.repeat(66_000) }), makeWrap(me.pubkey, { age: 10 }));
    const { session, ids } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    expect([...ids()]).toEqual([relay.stored[1]?.id]);
  });
});
