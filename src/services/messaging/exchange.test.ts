/** One home on the wire: what it acknowledges, and what it takes off its outbox. */
import { describe, expect, test } from 'vitest';
import { exchangeOn } from '../../../test/sim/exchange-on.ts';
import { taskOf, tellRoutes, trustRunner } from '../../../test/sim/introductions.ts';
import { RELAY_URL } from '../../../test/sim/memory-home.ts';
import { type Forged, KIT_EPOCH } from '../../../test/sim/message-kit.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Line } from '../../core/ledger/line.ts';
import { verifyEvent } from '../../core/nostr/event.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { startExchange } from './exchange.ts';
import { streamOf } from './send.ts';

const cancel = (n: number, changes: Partial<Forged> = {}): Forged =>
  ({
    ...{ type: 'task.cancel', from: 'alice', to: 'node', n },
    body: { session: taskOf(n).session, reason: 'no' },
    ...changes,
  }) as Forged;

describe('an acknowledgement', () => {
  test('is sent for what was taken, not for what was refused', async () => {
    const { kit, start, receive, acks } = await exchangeOn('runner');
    const exchange = start();
    await receive(cancel(1));
    await receive(cancel(2));
    await receive({ ...cancel(3), from: 'mallory' } as Forged);
    await kit.time.pass(100);
    expect(acks().map(({ to, body }) => [kit.nameOf(to), body.top])).toEqual([['alice', 2]]);
    await exchange.close();
  });
  test('waits a moment for more, and covers it', async () => {
    const { kit, start, receive, acks } = await exchangeOn('runner');
    const exchange = start();
    await kit.time.pass(1000);
    await receive(cancel(1));
    await kit.time.pass(20);
    expect(acks()).toEqual([]);
    await receive(cancel(2));
    await kit.time.pass(20);
    expect(acks().map(({ body }) => body.top)).toEqual([2]);
    await exchange.close();
  });
  test('is sent at once again to a signer that says again what is here', async () => {
    const { kit, relay, start, acks } = await exchangeOn('runner');
    const exchange = start();
    const { event, text } = kit.write(cancel(1));
    await relay.options().onWrap(text, RELAY_URL);
    await kit.time.pass(1000);
    await relay.options().onWrap(kit.wrap(event, 'alice', 'node'), RELAY_URL);
    await kit.time.pass(50);
    expect(acks().map(({ body }) => body.top)).toEqual([1, 1]);
    await exchange.close();
  });
  describe('of what another process of the home kept moments ago', () => {
    const keptElsewhere = async () => {
      const on = await exchangeOn('runner');
      const { event, text } = on.kit.write(cancel(1));
      await on.home.ledger.append(() => [{ dir: 'in', event }]);
      const exchange = on.start();
      await on.relay.options().onWrap(text, RELAY_URL);
      return { ...on, exchange };
    };
    test('is that process’s to send, and sent a second later where it was killed: a relay gives a wrap once', async () => {
      const { kit, exchange, acks } = await keptElsewhere();
      await kit.time.pass(900);
      expect(acks()).toEqual([]);
      await kit.time.pass(400);
      expect(acks().map(({ body }) => body.top)).toEqual([1]);
      await exchange.close();
    });
    test('is sent by who leaves before', async () => {
      const { exchange, acks, kit } = await keptElsewhere();
      const left = exchange.flush();
      await kit.time.pass(100);
      await left;
      expect(acks().map(({ body }) => body.top)).toEqual([1]);
      await exchange.close();
    });
    test('is sent once by the process that kept it', async () => {
      const { kit, relay, start, acks } = await exchangeOn('runner');
      const exchange = start();
      const { event, text } = kit.write(cancel(1));
      await relay.options().onWrap(text, RELAY_URL);
      await kit.time.pass(300);
      await relay.options().onWrap(kit.wrap(event, 'alice', 'node'), RELAY_URL);
      await kit.time.pass(2000);
      expect(acks()).toHaveLength(1);
      await exchange.close();
    });
  });
  test('covers nothing that is folded and not yet on disk', async () => {
    const { kit, home, start, receive, acks } = await exchangeOn('runner');
    const { ledger } = home;
    let disk = Promise.resolve();
    home.ledger = {
      get head() {
        return ledger.head;
      },
      async append(build) {
        const lines: Promise<Line[]> = ledger.append(build);
        await disk;
        return lines;
      },
      unwritable: null,
      catchUp: () => ledger.catchUp(),
      read: (from) => ledger.read(from),
      close: () => ledger.close(),
    };
    const exchange = start();
    await receive(cancel(1));
    // The first is due to be acknowledged, and the read models know the second.
    let release = () => {};
    disk = new Promise((done) => {
      release = done;
    });
    const second = receive(cancel(2));
    await kit.time.pass(2000);
    expect(acks()).toEqual([]);
    release();
    await second;
    await kit.time.pass(2000);
    expect(acks().map(({ body }) => body.top)).toContain(2);
    await exchange.close();
  });
  test('takes off the outbox what it covers, and is written down only then', async () => {
    const { kit, home, start, receive } = await exchangeOn('alice');
    for (const n of [1, 2])
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(n) });
    const exchange = start();
    const stream = streamOf(home, kit.who.alice.pubkey);
    const before = home.ledger.head.n;
    const ack = (top: number): Forged => ({
      ...{ type: 'ack', from: 'node', to: 'alice' },
      body: { stream, high: top, top, missing: [] },
    });
    await receive(ack(0));
    await kit.time.pass(100);
    expect([home.tables.count('outbox'), home.ledger.head.n]).toEqual([2, before]);
    await receive(ack(1));
    await kit.time.pass(100);
    expect([home.tables.count('outbox'), home.ledger.head.n]).toEqual([1, before + 1]);
    await exchange.close();
  });
});

describe('what a home says', () => {
  const draft = (kit: Awaited<ReturnType<typeof exchangeOn>>['kit'], n = 1): Draft => {
    const ends = { from: kit.who.alice.pubkey, to: kit.who.node.pubkey };
    return { type: 'task.request', ...ends, body: taskOf(n), dedup: `${n}` } as Draft;
  };
  test('goes out at once, is told once, and is said once', async () => {
    const { kit, relay, seen, start } = await exchangeOn('alice');
    const exchange = start();
    await kit.time.pass(1000);
    await exchange.send([draft(kit)]);
    await exchange.send(() => [draft(kit)]);
    expect(seen.changed).toBe(1);
    await kit.time.pass(1);
    expect(relay.published).toHaveLength(1);
    await kit.time.pass(30);
    expect(relay.published).toHaveLength(1);
    await exchange.close();
  });
  test('is tried at once again when its recipient is heard from', async () => {
    const { kit, relay, start, receive } = await exchangeOn('alice');
    relay.answer('unknown');
    const exchange = start();
    await exchange.send([draft(kit)]);
    await kit.time.pass(100);
    expect(relay.published).toHaveLength(1);
    const body = { stream: '00'.repeat(16), high: 0, top: 0, missing: [] };
    await receive({ type: 'ack', from: 'node', to: 'alice', body });
    await kit.time.pass(100);
    expect(relay.published).toHaveLength(2);
    await exchange.close();
  });
  test('in an earlier epoch is signed again, but for routes', async () => {
    const { kit, home, start } = await exchangeOn('host');
    const exchange = start();
    const next = { n: KIT_EPOCH.n + 1, boot: 'b1'.repeat(16) };
    await exchange.renewEpoch();
    const of = (type: string) => home.tables.list('outbox', { type }).map((row) => row.epoch);
    const [trusts, routes] = [of('runner.trust').length, of('routes').length];
    expect([trusts, routes]).toEqual([2, 4]);
    home.epoch = next;
    await exchange.renewEpoch();
    expect(of('runner.trust')).toEqual(Array(trusts).fill(next.n));
    expect(of('routes')).toEqual(Array(routes).fill(KIT_EPOCH.n));
    const { n } = home.ledger.head;
    await exchange.renewEpoch();
    expect(home.ledger.head.n).toBe(n);
    await kit.time.pass(0);
    await exchange.close();
  });
  test('in an earlier epoch is signed again in the order in which it was said', async () => {
    const { kit, home, start } = await exchangeOn('host');
    for (let i = 0; i < 8; i++) await trustRunner(kit, 'runner', 'trusted');
    const exchange = start();
    const recipient = kit.who.runner.pubkey;
    const said = () => {
      const rows = home.tables.list('outbox', { recipient, type: 'runner.trust' }, { order: 'seq' });
      return rows.map(({ dedup }) => dedup);
    };
    const before = said();
    expect(before).toHaveLength(9);
    home.epoch = { n: KIT_EPOCH.n + 1, boot: 'b1'.repeat(16) };
    await exchange.renewEpoch();
    expect(said()).toEqual(before);
    await exchange.close();
  });
  test('before it leaves is sent without waiting for a round, and what is under way is waited for', async () => {
    const { kit, relay, start } = await exchangeOn('alice');
    const exchange = start();
    await exchange.send([draft(kit, 1)]);
    expect(await exchange.flush()).toBe(0);
    expect(relay.published).toHaveLength(1);
    const release = relay.hold();
    await exchange.send([draft(kit, 2)]);
    await kit.time.pass(100);
    expect(relay.waiting()).toBe(1);
    let unsent: number | null = null;
    const left = exchange.flush().then((count) => {
      unsent = count;
    });
    await kit.time.pass(1000);
    expect(unsent).toBeNull();
    release();
    await left;
    expect(unsent).toBe(0);
    await exchange.close();
  });
  test('before it leaves is tried, and what no relay took is told', async () => {
    const { kit, relay, start } = await exchangeOn('alice');
    const exchange = start();
    relay.answer('unknown');
    await exchange.send([draft(kit, 1), draft(kit, 2)]);
    expect(await exchange.flush()).toBe(2);
    relay.answer('stored');
    await kit.time.pass(2000);
    expect(await exchange.flush()).toBe(0);
    await exchange.close();
  });
});

describe('what is heard', () => {
  test('and is ephemeral goes to who asked for it; acknowledgements stay here', async () => {
    const { kit, seen, start, receive } = await exchangeOn('runner');
    const exchange = start();
    await receive({ type: 'host.beat', from: 'host', to: 'runner', body: { revision: 1, digest: null } });
    const body = { stream: '00'.repeat(16), high: 0, top: 0, missing: [] };
    await receive({ type: 'ack', from: 'host', to: 'runner', body });
    await kit.time.pass(100);
    expect(seen.ephemeral.map((m) => m.type)).toEqual(['host.beat']);
    await exchange.close();
  });
  test('of another boot of this Host is told', async () => {
    const { seen, start, receive } = await exchangeOn('host');
    const exchange = start();
    const epoch = { ...KIT_EPOCH, boot: 'b1'.repeat(16) };
    await receive({
      type: 'host.beat',
      from: 'host',
      to: 'host',
      epoch,
      body: { revision: 1, digest: null },
    });
    expect(seen.fenced).toEqual([KIT_EPOCH.n]);
    await exchange.close();
  });
  test('of another boot of this Host is no trouble where nobody wants to be told', async () => {
    const { home, seen, receive } = await exchangeOn('host');
    const exchange = startExchange(home, { changed: () => {}, ephemeral: () => {} });
    const epoch = { ...KIT_EPOCH, boot: 'b1'.repeat(16) };
    const body = { revision: 1, digest: null };
    await receive({ type: 'host.beat', from: 'host', to: 'host', epoch, body });
    expect(seen.logged).toEqual([]);
    expect(exchange.rejected()).toMatchObject([{ reason: 'host_conflict' }]);
    await exchange.close();
  });
  test.each([
    new TypeError('a bug'),
    Object.assign(new TypeError('a bug'), { code: 'ERR_INVALID_ARG_TYPE' }),
  ])('when it meets a bug of ours is counted and told, and costs nobody the connection', async (bug) => {
    const { kit, home, seen, start, receive } = await exchangeOn('runner');
    const exchange = start();
    const { append } = home.ledger;
    home.ledger.append = async () => {
      throw bug;
    };
    await receive(cancel(1));
    home.ledger.append = append;
    expect(seen.logged).toEqual(['cannot process a message: a bug']);
    await kit.time.pass(2000);
    expect(home.tables.list('rejects')).toMatchObject([{ reason: 'not_taken', signer: '', count: 1 }]);
    await exchange.close();
  });
  test.each([
    ['the ledger does not take', new EntangleError('unavailable', 'no space left')],
    ['meets trouble of the machine', Object.assign(new Error('EMFILE'), { code: 'EMFILE', syscall: 'open' })],
  ])('and that %s ends the connection, so that it comes again', async (_what, error) => {
    const { kit, home, start, receive } = await exchangeOn('runner');
    const exchange = start();
    const { append } = home.ledger;
    home.ledger.append = async () => {
      throw error;
    };
    await expect(receive(cancel(1))).rejects.toBe(error);
    home.ledger.append = append;
    await kit.time.pass(2000);
    expect(home.tables.get('rejects', 'not_taken', '')).toBeUndefined();
    await exchange.close();
  });
  test('from strangers is judged again when the routes that name them are here', async () => {
    const { kit, start, receive } = await exchangeOn('runner');
    const exchange = start();
    const { id } = await receive({ ...cancel(1), to: 'sibling' } as Forged);
    await kit.time.pass(1000);
    expect(kit.has('sibling', id)).toBe(false);
    await tellRoutes(kit, 'sibling', ['alice']);
    await kit.time.pass(1000);
    expect(kit.has('sibling', id)).toBe(true);
    await exchange.close();
  });
});

test('closed, it leaves its relays and waits for the round under way', async () => {
  const { kit, relay, start } = await exchangeOn('alice');
  const exchange = start();
  relay.hold();
  const ends = { from: kit.who.alice.pubkey, to: kit.who.node.pubkey };
  await exchange.send([{ type: 'task.request', ...ends, body: taskOf(1), dedup: '1' } as Draft]);
  await kit.time.pass(10);
  expect(relay.waiting()).toBe(1);
  let isDone = false;
  void exchange.close().then(() => {
    isDone = true;
  });
  await kit.time.pass(10);
  expect([relay.isClosed(), isDone]).toEqual([true, false]);
  await kit.time.pass(1000);
  expect(isDone).toBe(true);
});

test('refusals are written down while it runs, and the last of them when it closes', async () => {
  const { kit, home, start, receive } = await exchangeOn('runner');
  const count = () => home.tables.get('rejects', 'no_edge', kit.who.alice.pubkey)?.count;
  const exchange = start();
  const refused: Forged = { type: 'blob.get', from: 'alice', to: 'node', body: { sha256: 'ab'.repeat(32) } };
  await receive(refused);
  await kit.time.pass(1000);
  expect(home.tables.get('rejects', 'not_named', kit.who.alice.pubkey)?.count).toBe(1);
  await receive(refused);
  await exchange.close();
  expect(home.tables.get('rejects', 'not_named', kit.who.alice.pubkey)?.count).toBe(2);
  expect(count()).toBeUndefined();
});

test('T123 a relay is told of what was refused for good, after that is written down', async () => {
  const { kit, home, relay, start, receive } = await exchangeOn('runner');
  const told: string[] = [];
  const count = () => home.tables.get('rejects', 'body_schema', kit.who.alice.pubkey)?.count;
  relay.session.discard = async (me, ids) => {
    told.push(`${kit.nameOf(me)} ${ids.length} ${count()}`);
  };
  const exchange = start();
  for (let n = 0; n < 99; n++) await receive({ ...cancel(n + 1), content: '{}' } as Forged);
  await kit.time.pass(2000);
  expect(told).toEqual([]);
  await receive({ ...cancel(100), content: '{}' } as Forged);
  await kit.time.pass(2000);
  expect(told).toEqual(['node 100 99']);
  await exchange.close();
});

test('it remembers to where each key was read, and signs for every key of the home', async () => {
  const { kit, home, relay, start } = await exchangeOn('runner');
  const exchange = start();
  const { lastSync, onSync, identities } = relay.options();
  const { pubkey } = kit.who.node;
  expect(lastSync(RELAY_URL, pubkey)).toBeNull();
  onSync?.(RELAY_URL, [pubkey], 77);
  expect(lastSync(RELAY_URL, pubkey)).toBe(77);
  expect(lastSync(RELAY_URL, kit.who.runner.pubkey)).toBeNull();
  expect(new Set(identities.map((one) => one.pubkey))).toEqual(new Set(home.identities.keys()));
  for (const one of identities) {
    const signed = one.sign({ kind: 22242, created_at: 1, tags: [], content: '' });
    expect([signed.pubkey, verifyEvent(home.suite, signed)]).toEqual([one.pubkey, true]);
  }
  relay.answer('unknown');
  expect(await exchange.publish(identities[0]!.sign({ kind: 1, created_at: 1, tags: [], content: '' }))).toBe(
    false,
  );
  relay.answer('stored');
  expect(await exchange.publish(identities[0]!.sign({ kind: 1, created_at: 1, tags: [], content: '' }))).toBe(
    true,
  );
  const { publish } = relay.session;
  relay.session.publish = async (event) => [
    ...(await publish(event)),
    { url: `${RELAY_URL}/two`, result: 'refused' },
  ];
  expect(await exchange.publish(identities[0]!.sign({ kind: 1, created_at: 1, tags: [], content: '' }))).toBe(
    true,
  );
  await exchange.close();
});
