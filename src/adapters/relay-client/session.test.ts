import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { connect, serve } from '../../../test/support/relay-client-kit.ts';
import {
  isOwnWord,
  type Keys,
  makeKeys,
  makeWrap,
  nowSeconds,
  until,
} from '../../../test/support/relay-kit.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';

const me = makeKeys();

describe('reading', () => {
  test('pages back through 1,400 backdated wraps on a relay with the habits of strfry', async () => {
    const relay = await serve();
    for (let i = 0; i < 1_400; i++) {
      const wrap = makeWrap(me.pubkey);
      relay.stored.push({ ...wrap, created_at: nowSeconds() - (i % 1_300) * 120 });
    }
    const { session, ids } = connect([relay.url], [me]);
    expect(await session.synced(20_000)).toBe(true);
    expect(ids().size).toBe(1_400);
    const requests = relay.received.filter(([name]) => name === 'REQ');
    expect(requests.every(([, id]) => /^(?:(?:live|page)-\d+|ephemeral)$/.test(String(id)))).toBe(true);
  });

  test('T26 reads from as long before the last sync as wraps are backdated', async () => {
    const relay = await serve();
    const last = nowSeconds() - 9_000;
    const backdated = 2 * 86_400 + 15 * 60;
    const [old, older] = [last - backdated + 60, last - backdated - 60].map((created_at) => ({
      ...makeWrap(me.pubkey),
      created_at,
    }));
    relay.stored.push(old!, older!);
    const { session, ids } = connect([relay.url], [me], { lastSync: () => last });
    expect(await session.synced(5_000)).toBe(true);
    expect([...ids()]).toEqual([old!.id]);
  });

  test('hands over the bytes that the relay sent', async () => {
    const text = `{"kind":1059 , "id":"${'a'.repeat(64)}","created_at":1,\t"tags":[["p","${me.pubkey}"]],"x":"\\u0041","x":1e0}`;
    const relay = await serve({
      auth: 'none',
      onFrame: ([name, id], socket) => {
        if (name === 'REQ') socket.send(` [ "EVENT" , "${id}" ,  ${text}  ] `);
        return false;
      },
    });
    const { session, wraps } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    expect(wraps[0]).toBe(text);
  });

  test('while a wrap is being taken no other is given, and none is lost', async () => {
    const relay = await serve({ auth: 'none' });
    for (let i = 0; i < 300; i++)
      relay.stored.push(makeWrap(me.pubkey, { age: i * 100, content: 'x'.repeat(2_000) }));
    let calls = 0;
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const seen = new Set<string>();
    const { session } = connect([relay.url], [me], {
      onWrap: async (text) => {
        calls++;
        await gate;
        seen.add((JSON.parse(text) as { id: string }).id);
      },
    });
    await until(() => calls === 1, 'the first wrap');
    expect(await session.synced(300)).toBe(false);
    expect(calls).toBe(1);
    release();
    expect(await session.synced(10_000)).toBe(true);
    expect(seen.size).toBe(300);
  });

  test('as many as may be are taken at once, in their order, and the end of what is stored waits for them', async () => {
    const relay = await serve({ auth: 'none' });
    const stored = Array.from({ length: 50 }, (_, i) => makeWrap(me.pubkey, { age: i * 100 }));
    relay.stored.push(...stored);
    const order: string[] = [];
    let taking = 0;
    let most = 0;
    const gates: (() => void)[] = [];
    const { session } = connect([relay.url], [me], {
      atOnce: 8,
      onWrap: async (text) => {
        const { id } = JSON.parse(text) as { id: string };
        // The next page begins with it
        if (order.includes(id)) return;
        order.push(id);
        most = Math.max(most, ++taking);
        await new Promise<void>((resolve) => gates.push(resolve));
      },
    });
    await until(() => taking > 0, 'the first');
    expect(await session.synced(300)).toBe(false);
    while (order.length < 50 || taking > 0) {
      await until(() => gates.length > 0, 'a wrap that is being taken');
      taking -= 1;
      gates.pop()!();
    }
    expect(await session.synced(10_000)).toBe(true);
    expect(most).toBe(8);
    expect(order).toEqual(stored.map(({ id }) => id));
  });

  test('one of several that could not be taken comes again', async () => {
    const relay = await serve({ auth: 'none' });
    for (let i = 0; i < 20; i++) relay.stored.push(makeWrap(me.pubkey, { age: i * 100 }));
    const taken = new Set<string>();
    let refusals = 1;
    const { session } = connect([relay.url], [me], {
      atOnce: 8,
      onWrap: async (text) => {
        const { id } = JSON.parse(text) as { id: string };
        if (id === relay.stored[12]!.id && refusals-- > 0) throw new Error('a full disk');
        taken.add(id);
      },
    });
    expect(await session.synced(10_000)).toBe(true);
    expect(taken.size).toBe(20);
  });

  test('a wrap that could not be taken comes again', async () => {
    const relay = await serve({ auth: 'none' });
    relay.stored.push(makeWrap(me.pubkey));
    let calls = 0;
    const { session } = connect([relay.url], [me], {
      onWrap: () => {
        if (++calls === 1) throw new Error('disk full');
      },
    });
    expect(await session.synced(5_000)).toBe(true);
    expect(calls).toBeGreaterThan(1);
  });

  test('a key is read from its own last sync, however long ago, and no key from that of another', async () => {
    const relay = await serve();
    const [days, node] = [86_400, makeKeys()];
    const old = [me, node].map(({ pubkey }) => ({
      ...makeWrap(pubkey),
      created_at: nowSeconds() - 9 * days,
    }));
    const older = { ...makeWrap(me.pubkey), created_at: nowSeconds() - 13 * days };
    relay.stored.push(...old, older);
    const synced: [string, number][] = [];
    const { session, ids } = connect([relay.url], [me], {
      lastSync: (url, key) => (url === relay.url && key === me.pubkey ? nowSeconds() - 10 * days : null),
      onSync: (_url, keys, at) => synced.push(...keys.map((key): [string, number] => [key, at])),
    });
    expect(await session.synced(5_000)).toBe(true);
    expect([...ids()]).toEqual([old[0]?.id]);
    // Its home was started again with the first key: the second one comes when its assignment is known.
    session.setIdentities([me, node]);
    await until(() => ids().size === 2, 'the wrap for the key that came later');
    await until(() => synced.some(([key]) => key === node.pubkey), 'its sync');
    expect(synced.every(([, at]) => Math.abs(at - nowSeconds()) < 10)).toBe(true);
    expect(ids().has(older.id)).toBe(false);
  });

  test('a relay that went and came back gives what it took meanwhile', async () => {
    const first = await serve();
    const { session, ids } = connect([first.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    await first.close();
    await until(() => session.status()[0]?.state !== 'synced', 'the end of the connection');
    const second = await serve({}, first.port);
    const wraps = Array.from({ length: 40 }, (_, i) => makeWrap(me.pubkey, { age: i * 4_000 }));
    second.stored.push(...wraps);
    expect(await session.synced(10_000)).toBe(true);
    await until(() => ids().size === 40, 'all wraps');
  });
});

describe('authentication', () => {
  test('every identity answers the challenge for the configured URL, and reading follows', async () => {
    const relay = await serve();
    const other = makeKeys();
    relay.stored.push(makeWrap(me.pubkey), makeWrap(other.pubkey));
    const { session, ids } = connect([`${relay.url}/`], [me, other]);
    expect(await session.synced(5_000)).toBe(true);
    expect(ids().size).toBe(2);
    const events = relay.received.flatMap(([name, event]) =>
      name === 'AUTH' ? [event as ReturnType<Keys['sign']>] : [],
    );
    expect(new Set(events.map(({ pubkey }) => pubkey))).toEqual(new Set([me.pubkey, other.pubkey]));
    expect(events.every(({ tags }) => tags[0]?.[1] === `${relay.url}/`)).toBe(true);
  });

  test('nothing is signed for a relay that does not ask', async () => {
    const relay = await serve({ auth: 'none' });
    const { session } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    expect(relay.received.filter(([name]) => name === 'AUTH')).toEqual([]);
  });

  test('an identity added later is authenticated and read, also its older wraps', async () => {
    const relay = await serve();
    const later = makeKeys();
    relay.stored.push(makeWrap(later.pubkey, { age: 100_000 }));
    const { session, ids } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    expect(ids().size).toBe(0);
    session.setIdentities([me, later]);
    expect(await session.synced(5_000)).toBe(true);
    expect(ids().size).toBe(1);
  });

  test('adding an identity pages only for it, and hides nothing that comes meanwhile', async () => {
    const relay = await serve({ limit: 10, keys: 256 });
    const later = makeKeys();
    for (let i = 0; i < 25; i++) {
      relay.stored.push(makeWrap(me.pubkey, { age: i * 100 }), makeWrap(later.pubkey, { age: i * 100 }));
    }
    const { session, ids, wraps } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    const before = wraps.length;
    session.setIdentities([me, later]);
    session.setIdentities([later, me]);
    const live = makeWrap(me.pubkey, { kind: 21059 });
    await session.publish(live);
    expect(await session.synced(5_000)).toBe(true);
    await until(() => ids().has(live.id), 'the live wrap');
    expect(ids().size).toBe(51);
    const again = wraps.slice(before).filter((text) => text.includes(me.pubkey) && !text.includes(live.id));
    expect(again.length).toBeLessThan(5);
    expect(relay.received.filter(([name]) => name === 'AUTH')).toHaveLength(2);
  });

  test('a relay that hides wraps until we authenticate is not synced before', async () => {
    let isKnown = false;
    const relay = await serve({
      auth: 'optional',
      answer: (found) => (isKnown ? found : []),
      onFrame: ([name]) => {
        if (name === 'AUTH') isKnown = true;
        return false;
      },
    });
    relay.stored.push(makeWrap(me.pubkey), makeWrap(me.pubkey, { age: 5_000 }));
    const { session, ids } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    expect(ids().size).toBe(2);
  });

  test('a relay that takes no more keys is reached again without those that retired', async () => {
    const [first, second] = [makeKeys(), makeKeys()];
    const known = new WeakMap<WebSocket, number>();
    const relay = await serve({
      onFrame: ([name, event], socket) => {
        if (name !== 'AUTH') return false;
        known.set(socket, (known.get(socket) ?? 0) + 1);
        if (known.get(socket)! <= 1) return false;
        socket.send(JSON.stringify(['OK', (event as { id: string }).id, false, 'restricted: too many keys']));
        return true;
      },
    });
    relay.stored.push(makeWrap(second.pubkey));
    const { session, ids } = connect([relay.url], [first]);
    expect(await session.synced(5_000)).toBe(true);
    session.setIdentities([second]);
    await until(() => ids().size === 1, 'the wrap of the new key');
  });

  test('the word of a key to itself that comes when the key is gone is no message', async () => {
    const [first, second] = [makeKeys(), makeKeys()];
    const written: string[] = [];
    const relay = await serve({
      auth: 'none',
      onFrame: ([name, event]) => {
        const { id, pubkey, kind } = event as SignedEvent;
        if (name === 'EVENT' && pubkey === first.pubkey) written.push(id);
        // It is on its way back when the node that wrote it ends.
        if (name === 'EVENT' && pubkey === first.pubkey && kind === 21059) session.setIdentities([second]);
        return false;
      },
    });
    relay.stored.push(makeWrap(second.pubkey));
    const { session, ids } = connect([relay.url], [first]);
    await until(() => written.length === 2 && ids().size > 0, 'the wrap of the new key');
    expect(await session.synced(5_000)).toBe(true);
    await until(
      () =>
        relay.received.some(
          ([name, event]) => name === 'EVENT' && (event as SignedEvent).pubkey === second.pubkey,
        ),
      'its own word',
    );
    expect([...ids()].filter((id) => written.includes(id))).toEqual([]);
  });

  test('a publication that needs authentication is sent again after it', async () => {
    let keys = 0;
    const relay = await serve({
      auth: 'none',
      onFrame: ([name, event], socket) => {
        const { id } = event as { id: string };
        if (name === 'AUTH') keys++;
        if (name === 'AUTH') socket.send(JSON.stringify(['OK', id, true, '']));
        if (name === 'EVENT' && keys === 0) {
          socket.send(JSON.stringify(['OK', id, false, 'ERROR: auth-required: first']));
          socket.send(JSON.stringify(['AUTH', 'only now']));
        }
        return name === 'AUTH' || (name === 'EVENT' && keys === 0);
      },
    });
    const { session } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    const outcomes = await session.publish(makeWrap(me.pubkey));
    expect(outcomes).toEqual([{ url: relay.url, result: 'stored' }]);
    expect(keys).toBe(1);
  });
});

describe('publishing', () => {
  test('says what each relay said', async () => {
    const wrap = makeWrap(me.pubkey);
    const answer = (...words: unknown[]) =>
      serve({
        auth: 'none',
        onFrame: ([name, event], socket) => {
          if (name !== 'EVENT' || isOwnWord(event as SignedEvent)) return false;
          if (words.length > 0) socket.send(JSON.stringify(['OK', (event as { id: string }).id, ...words]));
          return true;
        },
      });
    const relays = [
      await answer(true, ''),
      await answer(false, 'duplicate: have it'),
      await answer(false, 'blocked: no'),
      await answer(),
    ];
    const gone = await serve();
    await gone.close();
    const urls = [...relays.map(({ url }) => url), gone.url];
    const { session } = connect(urls, [me]);
    await until(() => session.status().filter(({ state }) => state === 'synced').length === 4, 'four relays');
    const outcomes = await session.publish(wrap);
    expect(outcomes.map(({ result }) => result)).toEqual([
      'stored',
      'stored',
      'refused',
      'unknown',
      'unknown',
    ]);
    expect(outcomes[2]?.detail).toBe('blocked: no');
  });

  test('what was under way when the connection broke is unknown, at once', async () => {
    const relay = await serve({
      auth: 'none',
      onFrame: ([name, event], socket) => {
        if (name !== 'EVENT' || isOwnWord(event as SignedEvent)) return false;
        socket.terminate();
        return true;
      },
    });
    const { session } = connect([relay.url], [me]);
    expect(await session.synced(5_000)).toBe(true);
    const [outcome] = await session.publish(makeWrap(me.pubkey));
    expect(outcome).toMatchObject({ result: 'unknown', detail: 'connection lost' });
  });
});

test('a URL that is no relay is refused', () => {
  for (const url of ['http://127.0.0.1', 'file:///etc/passwd', 'ws://user@127.0.0.1', 'x', '']) {
    expect(() => connect([url], [me])).toThrow(expect.objectContaining({ code: 'invalid' }));
  }
});
