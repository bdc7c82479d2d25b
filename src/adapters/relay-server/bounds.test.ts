import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { makeKeys, makeWrap, nowSeconds, type RawClient, until } from '../../../test/support/relay-kit.ts';
import { relayUnderTest } from '../../../test/support/relay-server-kit.ts';

const host = makeKeys();
const relay = relayUnderTest();

describe('bounds', () => {
  test('filters', async () => {
    const client = await relay.connectAs(host);
    const keys = Array.from({ length: 2_001 }, (_, i) => i.toString(16).padStart(64, '0'));
    expect(await client.read({ ids: keys })).toContain('2000 values');
    expect(await client.read(...Array.from({ length: 21 }, () => ({})))).toContain('20 filters');
    for (const bad of [{ kinds: 'x' }, { ids: ['x'] }, { search: 'x' }, { limit: -1 }, { since: 'x' }, []]) {
      expect(await client.read(bad)).toContain('invalid:');
    }
  });

  test('T112: 1,100 connections that ask nothing, made anew when they are closed, keep no member out', async () => {
    let isOver = false;
    let ended = 0;
    const held = new Set<Socket>();
    const hold = (text: string): void => {
      const one = connect(relay.server.port, '127.0.0.1');
      held.add(one);
      one.once('connect', () => one.write(text));
      one.on('error', () => {});
      one.once('close', () => {
        held.delete(one);
        if (!isOver) ended++;
        if (!isOver) setImmediate(hold, text);
      });
    };
    for (let i = 0; i < 1_100; i++) hold(i % 2 === 0 ? '' : 'GET / HTTP/1.1\r\n');
    await until(() => held.size >= 1_000, 'the connections');
    // As every client does: before it said who it is, it is one of the crowd
    const connected = async (tries = 4): Promise<Awaited<ReturnType<typeof relay.connectAs>>> =>
      relay.connectAs(host).catch((error) => {
        if (tries === 1) throw error;
        return connected(tries - 1);
      });
    for (let i = 0; i < 6; i++) {
      const member = await connected();
      expect((await member.publish(makeWrap(host.pubkey)))[2]).toBe(true);
    }
    // Nor does the relay keep a place for each: 256 of one address wait
    expect(ended).toBeGreaterThan(800);
    isOver = true;
    for (const one of held) one.destroy();
  });

  test('one subscription too many is answered with CLOSED', async () => {
    const client = await relay.connectAs(host);
    for (let i = 0; i < 20; i++) client.send(['REQ', `s${i}`, { limit: 1 }]);
    for (let i = 0; i < 20; i++) await client.next('EOSE');
    client.send(['REQ', 'one', { limit: 1 }]);
    expect((await client.next('CLOSED')).slice(1, 2)).toEqual(['one']);
    client.send(['CLOSE', 's0']);
    client.send(['REQ', 'two', { limit: 1 }]);
    expect(await client.next('EOSE')).toEqual(['EOSE', 'two']);
  });

  test('one query gives at most 500, newest first, and pages back to the rest', async () => {
    const client = await relay.connectAs(host);
    const count = 620;
    for (let i = 0; i < count; i++) client.send(['EVENT', makeWrap(host.pubkey, { age: i * 60 })]);
    await until(() => client.frames.filter(([name]) => name === 'OK').length === count, 'all stored');
    const first = (await client.read({ kinds: [1059], limit: 9_999 })) as string[];
    expect(first).toHaveLength(500);
    const rest = (await client.read({ kinds: [1059], until: nowSeconds() - 500 * 60 + 30 })) as string[];
    expect(new Set([...first, ...rest]).size).toBe(count);
  });

  test('rubbish is answered and dropped, too much of it ends the connection', async () => {
    const client = await relay.connect();
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
    expect((await relay.connectAs(host)).isOpen()).toBe(true);
  });

  test('bad signatures without end cost the connection', async () => {
    const client = await relay.connectAs(host);
    for (let i = 0; i < 51; i++) client.send(['EVENT', { ...makeWrap(host.pubkey), sig: '0'.repeat(128) }]);
    await until(() => !client.isOpen(), 'the relay to close');
  });

  test('a reader that does not read is dropped, the others go on', async () => {
    const [sleeper, reader, sender] = [
      await relay.connectAs(host),
      await relay.connectAs(host),
      await relay.connectAs(host),
    ];
    for (const client of [sleeper, reader]) {
      client.send(['REQ', 'live', { kinds: [21059] }]);
      await client.next('EOSE');
    }
    sleeper.pause();
    const content = 'x'.repeat(60_000);
    const events = (client: RawClient) => client.frames.filter(([name]) => name === 'EVENT').length;
    for (let sent = 1; sent <= 800; sent++) {
      sender.send(['EVENT', makeWrap(host.pubkey, { kind: 21059, content })]);
      // Who reads is in the same process: it must come to read before it has as much before it as who sleeps
      if (sent % 20 === 0) await until(() => events(reader) === sent, 'all of them', 120_000);
    }
    sleeper.resume();
    await until(() => !sleeper.isOpen(), 'the relay to have closed');
    expect(reader.isOpen()).toBe(true);
    expect(events(sleeper)).toBeLessThan(800);
  });

  test('T159 many that do not read are dropped before each has what one may leave, and who reads goes on', async () => {
    await relay.restart({ maxUnread: 8 * 1024 ** 2 });
    const sleepers = [await relay.connectAs(host), await relay.connectAs(host), await relay.connectAs(host)];
    const [reader, sender] = [await relay.connectAs(host), await relay.connectAs(host)];
    for (const client of [...sleepers, reader]) {
      client.send(['REQ', 'live', { kinds: [21059] }]);
      await client.next('EOSE');
    }
    for (const sleeper of sleepers) sleeper.pause();
    const content = 'x'.repeat(60_000);
    const events = () => reader.frames.filter(([name]) => name === 'EVENT').length;
    // Less than one of them may leave unread, and more than all may.
    for (let sent = 1; sent <= 300; sent++) {
      sender.send(['EVENT', makeWrap(host.pubkey, { kind: 21059, content })]);
      if (sent % 20 === 0) await until(() => events() === sent, 'all of them', 120_000);
    }
    for (const sleeper of sleepers) sleeper.resume();
    await until(() => sleepers.filter((one) => !one.isOpen()).length >= 2, 'the relay to have closed two');
    expect([reader.isOpen(), sender.isOpen()]).toEqual([true, true]);
  });

  test('T159 a key that is shown again and again is looked at once', async () => {
    let looked = 0;
    await relay.restart({ verify: () => Boolean(++looked) });
    const client = await relay.connect();
    for (let i = 0; i < 20; i++) expect((await client.authenticate(host))[2]).toBe(true);
    expect(looked).toBe(1);
    const other = makeKeys();
    expect((await client.authenticate(other))[2]).toBe(true);
    expect(looked).toBe(2);
  });

  test('T60 compression that a client offers is not taken', async () => {
    const socket = new WebSocket(relay.server.url, { perMessageDeflate: true });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    expect(socket.extensions).toBe('');
    socket.terminate();
  });

  test('a frame over 256 KiB ends the connection', async () => {
    const client = await relay.connectAs(host);
    client.send(`["REQ","${'x'.repeat(257 * 1024)}"]`);
    await until(() => !client.isOpen(), 'the relay to close');
  });
});
