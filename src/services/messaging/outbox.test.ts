/** Delivery: what is due is tried until its recipient acknowledged it, and nothing that is under way is left behind. */
import { describe, expect, test } from 'vitest';
import { answeringRelay } from '../../../test/sim/answering-relay.ts';
import { introduced, taskOf, tellRoutes } from '../../../test/sim/introductions.ts';
import type { Name } from '../../../test/sim/message-kit.ts';
import { toHex } from '../../core/encoding/bytes.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import { createOutbox } from './outbox.ts';
import { record } from './rejections.ts';
import { composeEntries } from './send.ts';

/** Alice's outbox with so many messages in it, and the relay that it goes to. */
const waiting = async (count = 1) => {
  const kit = await introduced();
  await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
  const { alice } = kit.homes;
  const relay = answeringRelay();
  const outbox = createOutbox(alice, () => relay.session);
  let said = 0;
  const draftFor = (to: Name, changes: Partial<Draft>): Draft => {
    const ends = { from: kit.who.alice.pubkey, to: kit.who[to].pubkey };
    const body = { session: taskOf(1).session, reason: 'no' };
    return { type: 'task.cancel', ...ends, body, dedup: `${said++}`, ...changes } as Draft;
  };
  /** Appended by another process of the home. */
  const sayElsewhere = (to: Name = 'node', changes: Partial<Draft> = {}, times = 1) => {
    const drafts = Array.from({ length: times }, () => draftFor(to, changes));
    return alice.ledger.append(() => composeEntries(alice, drafts));
  };
  const say = async (...said: Parameters<typeof sayElsewhere>): Promise<void> =>
    outbox.said(await sayElsewhere(...said));
  await say('node', {}, count);
  const pump = () => outbox.pump(1000);
  /** How many went out in one round so many milliseconds later. */
  const after = async (ms: number) => {
    await kit.time.pass(ms);
    const before = relay.published.length;
    await pump();
    return relay.published.length - before;
  };
  return { kit, alice, relay, outbox, say, sayElsewhere, pump, after };
};

describe('who leaves', () => {
  test('waits for the attempt that another round began', async () => {
    const { kit, outbox, relay } = await waiting();
    const release = relay.hold();
    let isIdle = false;
    const rounds = [outbox.pump(1), outbox.pump(1)];
    await kit.time.pass(1);
    await Promise.all(rounds);
    expect(relay.published).toHaveLength(1);
    const idle = outbox.idle().then(() => {
      isIdle = true;
    });
    await kit.time.pass(1);
    expect(isIdle).toBe(false);
    release();
    await idle;
    expect(outbox.unsent()).toBe(0);
  });
  test('waits for what is not kept, too', async () => {
    const { kit, alice, outbox, relay } = await waiting();
    const release = relay.hold();
    const seal = alice.ledger.read(alice.ledger.head.n);
    const { value: line } = await seal[Symbol.asyncIterator]().next();
    void outbox.sendSeal(line!.seal!, kit.who.node.pubkey);
    let isIdle = false;
    const idle = outbox.idle().then(() => {
      isIdle = true;
    });
    await kit.time.pass(1);
    expect(isIdle).toBe(false);
    release();
    await idle;
    expect(relay.published[0]).toMatchObject({
      kind: 21059,
      created_at: Math.floor(kit.time.clock.now() / 1000),
    });
  });
  test.each([
    ['stored', 0],
    ['unknown', 1],
    ['refused', 1],
  ] as const)('is told what no relay has: %s', async (result, unsent) => {
    const { outbox, relay, pump } = await waiting();
    expect(outbox.unsent()).toBe(1);
    relay.answer(result);
    await pump();
    expect(outbox.unsent()).toBe(unsent);
  });
  test('is told of nothing that one of two relays has', async () => {
    const { outbox, relay, pump } = await waiting();
    const { publish } = relay.session;
    relay.session.publish = async (event) => [
      ...(await publish(event)),
      { url: 'wss://other.example.org', result: 'refused' },
    ];
    await pump();
    expect(outbox.unsent()).toBe(0);
  });
  test('is told of nothing that a relay had once, though it has it no more', async () => {
    const { outbox, relay, after } = await waiting();
    expect(await after(0)).toBe(1);
    relay.answer('unknown');
    expect(await after(5000)).toBe(1);
    expect(outbox.unsent()).toBe(0);
  });
});

describe('a message', () => {
  test('that no relay has is tried again after about a second, then ever more seldom', async () => {
    const { relay, after } = await waiting();
    relay.answer('unknown');
    expect(await after(0)).toBe(1);
    expect(await after(749)).toBe(0);
    expect(await after(501)).toBe(1);
    expect(await after(1499)).toBe(0);
    expect(await after(1001)).toBe(1);
    for (let n = 0; n < 12; n++) await after(400_000);
    expect(await after(224_999)).toBe(0);
    expect(await after(150_001)).toBe(1);
  });
  test('that a relay has is given again after about three seconds: its recipient did not acknowledge it', async () => {
    const { after } = await waiting();
    expect(await after(0)).toBe(1);
    expect(await after(2249)).toBe(0);
    expect(await after(1501)).toBe(1);
  });
  test('is the same wrap for an hour, then its seal in a fresh one', async () => {
    const { kit, relay, after } = await waiting();
    relay.answer('unknown');
    await after(7_200_000);
    await after(3_600_000);
    await after(400_000);
    const [first, hour, later] = relay.published;
    expect(hour!.id).toBe(first!.id);
    expect([later!.id, later!.pubkey]).not.toEqual([first!.id, first!.pubkey]);
    expect(later!.tags).toEqual([['p', kit.who.node.pubkey]]);
  });
  test('T111: leaves a copy a day at most with a relay, however long its recipient is away', async () => {
    const { relay, after } = await waiting();
    for (let minutes = 0; minutes < 7 * 24 * 60; minutes += 5) await after(300_000);
    const copies = new Set(relay.published.map(({ id }) => id));
    expect(copies.size).toBeGreaterThanOrEqual(5);
    expect(copies.size).toBeLessThanOrEqual(8);
    expect(relay.published.length).toBeLessThan(15 * copies.size);
  });
  test('that was left alone is given again when its recipient says something', async () => {
    const { kit, outbox, relay, after } = await waiting();
    for (let minutes = 0; minutes < 120; minutes += 5) await after(300_000);
    expect(new Set(relay.published.map(({ id }) => id)).size).toBe(1);
    outbox.heard(kit.who.sibling.pubkey);
    expect(await after(0)).toBe(0);
    outbox.heard(kit.who.node.pubkey);
    expect(await after(0)).toBe(1);
    expect(new Set(relay.published.map(({ id }) => id)).size).toBe(2);
    outbox.heard(kit.who.node.pubkey);
    expect(await after(0)).toBe(0);
  });
  test('T118: a hello is wrapped by the key of the invite, and nothing else is', async () => {
    const { kit, alice, relay, say, after } = await waiting(0);
    alice.ticket = new Uint8Array(32).fill(7);
    const ends = { from: kit.who.alice.pubkey, to: kit.who.host.pubkey };
    await alice.ledger.append(() =>
      composeEntries(alice, [{ type: 'user.hello', ...ends, body: { name: 'alice' }, dedup: 'hello' }]),
    );
    await say();
    expect(await after(0)).toBe(2);
    const ticket = toHex(alice.suite.publicKey(alice.ticket));
    const byTicket = relay.published.filter(({ pubkey }) => pubkey === ticket);
    expect(byTicket.map(({ tags }) => tags)).toEqual([[['p', kit.who.host.pubkey]]]);
  });
  test('that was acknowledged is not sent again', async () => {
    const { alice, after } = await waiting();
    expect(await after(0)).toBe(1);
    for (const row of alice.tables.list('outbox')) alice.tables.remove('outbox', row.id);
    expect(await after(10_000)).toBe(0);
  });
  test('that has expired is sent no more, waited for no more and not told of', async () => {
    const { kit, outbox, relay, say, after } = await waiting(0);
    const at = Math.floor(kit.time.clock.now() / 1000);
    await say('node', { expiration: at + 10 });
    expect(outbox.nextDue()).toBe(0);
    relay.answer('unknown');
    expect(await after(9000)).toBe(1);
    expect(outbox.unsent()).toBe(1);
    expect(await after(1000)).toBe(0);
    expect(outbox.unsent()).toBe(0);
    expect(await after(100_000)).toBe(0);
    expect(outbox.nextDue()).toBe(Number.POSITIVE_INFINITY);
  });
  test('that expired before it was tried is never sent', async () => {
    const { kit, say, after } = await waiting(0);
    await say('node', { expiration: Math.floor(kit.time.clock.now() / 1000) + 10 });
    expect(await after(10_000)).toBe(0);
  });
  test('whose line has no seal is a bug, told until it is mended', async () => {
    const { alice, relay, pump } = await waiting();
    const { read } = alice.ledger;
    alice.ledger.read = async function* (from) {
      for await (const { seal: _, ...line } of read.call(alice.ledger, from)) yield line;
    };
    await expect(pump()).rejects.toThrow('no seal');
    alice.ledger.read = read;
    await expect(pump()).resolves.toBeUndefined();
    expect(relay.published).toHaveLength(1);
  });
});

describe('T121: a relay that takes only what is of now', () => {
  const WINDOW = 900;
  test('is given a wrap of now, at once and from then on; what is refused for another reason stays backdated', async () => {
    const { kit, outbox, relay, say, after } = await waiting(0);
    const now = () => Math.floor(kit.time.clock.now() / 1000);
    relay.answer(({ created_at }) =>
      Math.abs(now() - created_at) > WINDOW
        ? { result: 'refused', detail: 'invalid: event timestamp too far from server time' }
        : { result: 'stored' },
    );
    await say('node', {}, 3);
    expect(await after(0)).toBe(6);
    expect(outbox.unsent()).toBe(0);
    expect(relay.published.filter(({ created_at }) => created_at === now())).toHaveLength(3);
    await say('node');
    expect(await after(0)).toBe(1);
    expect(relay.published.at(-1)!.created_at).toBe(now());
  });
  test('is not meant where a relay took it, whatever it says of its time', async () => {
    const { outbox, relay, after } = await waiting();
    relay.answer(() => ({ result: 'stored', detail: 'invalid: event timestamp too far from server time' }));
    expect(await after(0)).toBe(1);
    expect(outbox.unsent()).toBe(0);
  });
  test('is not meant where a relay refuses for another reason', async () => {
    const { kit, outbox, relay, after } = await waiting();
    relay.answer(() => ({ result: 'refused', detail: 'blocked: no' }));
    expect(await after(0)).toBe(1);
    expect(outbox.unsent()).toBe(1);
    expect(relay.published[0]!.created_at).toBeLessThan(Math.floor(kit.time.clock.now() / 1000));
  });
});

describe('a round', () => {
  test('waits only as long as it has patience, and the next is not begun twice', async () => {
    const { kit, outbox, relay } = await waiting();
    relay.hold();
    let isDone = false;
    void outbox.pump(500).then(() => {
      isDone = true;
    });
    await kit.time.pass(499);
    expect(isDone).toBe(false);
    await kit.time.pass(1);
    expect(isDone).toBe(true);
  });
  test('that ends early leaves no timer behind', async () => {
    const { kit, alice, pump } = await waiting();
    const { clock } = kit.time;
    let asleep = 0;
    alice.clock = {
      ...clock,
      async sleep(ms, signal) {
        asleep += 1;
        await clock.sleep(ms, signal);
        asleep -= 1;
      },
    };
    await pump();
    await kit.time.pass(0);
    expect(asleep).toBe(0);
  });
  test('has at most sixteen under way at once', async () => {
    const { kit, outbox, relay } = await waiting(40);
    relay.hold();
    void outbox.pump(1000);
    await kit.time.pass(999);
    expect(relay.waiting()).toBe(16);
    await kit.time.pass(1);
    expect(relay.waiting()).toBe(32);
  });
  test('takes what is new at once, and goes through an old backlog in pages, again and again', async () => {
    const { relay, say, after } = await waiting(501);
    relay.answer('unknown');
    expect(await after(0)).toBe(500);
    expect(await after(0)).toBe(1);
    await say();
    expect(await after(0)).toBe(1);
    expect(await after(2000)).toBe(500);
    expect(await after(0)).toBe(2);
  });
  test('takes what is new before what waits for long', async () => {
    const { kit, relay, say, pump, after } = await waiting(501);
    relay.answer('unknown');
    await after(0);
    await after(0);
    await kit.time.pass(2000);
    await say('sibling');
    const before = relay.published.length;
    await pump();
    const taken = relay.published.slice(before).map(({ tags }) => tags[0]);
    expect(taken).toHaveLength(500);
    expect(taken).toContainEqual(['p', kit.who.sibling.pubkey]);
  });
  test('forgets what was acknowledged, however much it was', async () => {
    const { alice, outbox, relay, pump, after } = await waiting(501);
    relay.answer('unknown');
    await after(0);
    await after(0);
    const rows = alice.tables.list('outbox');
    const top = Math.max(...rows.map(({ seq }) => seq));
    const about = { peer: rows[0]!.recipient, stream: rows[0]!.stream, high: top, top, missing: [] };
    await record(alice, 'delivery.acked', about);
    expect(alice.tables.count('outbox')).toBe(0);
    await pump();
    expect(outbox.nextDue()).toBeNull();
  });
});

describe('somebody who was heard from', () => {
  test('is sent everything at once that was tried before, and nobody else is', async () => {
    const { kit, outbox, relay, say, after } = await waiting(2);
    await say('sibling');
    relay.answer('unknown');
    expect(await after(0)).toBe(3);
    outbox.hurry(kit.who.node.pubkey);
    expect(await after(0)).toBe(2);
  });
  test('is not hurried to again within a second', async () => {
    const { kit, outbox, relay, after } = await waiting();
    const { pubkey } = kit.who.node;
    relay.answer('unknown');
    await after(0);
    outbox.hurry(pubkey);
    expect(await after(0)).toBe(1);
    await kit.time.pass(749);
    outbox.hurry(kit.who.sibling.pubkey);
    outbox.hurry(pubkey);
    expect(await after(0)).toBe(0);
    await kit.time.pass(250);
    outbox.hurry(pubkey);
    expect(await after(0)).toBe(0);
    await kit.time.pass(1);
    outbox.hurry(pubkey);
    expect(await after(0)).toBe(1);
  });
});

test('what another process of the home says now is its to give, and given a second later where it is not', async () => {
  const { outbox, say, sayElsewhere, after } = await waiting(0);
  await sayElsewhere();
  // It may have been waiting long before this process came
  expect(await after(0)).toBe(1);
  await sayElsewhere();
  expect(await after(0)).toBe(0);
  // Who leaves now leaves nothing behind of it
  expect(outbox.unsent()).toBe(0);
  await say('sibling');
  expect(outbox.unsent()).toBe(1);
  expect(await after(0)).toBe(1);
  expect(await after(999)).toBe(0);
  expect(await after(1)).toBe(1);
});

test('when the next is due: at once what is new, later what was tried, never where nothing waits', async () => {
  const { kit, outbox, relay, say, pump } = await waiting(0);
  expect(outbox.nextDue()).toBeNull();
  await say();
  expect(outbox.nextDue()).toBe(0);
  relay.answer('unknown');
  await pump();
  const due = outbox.nextDue()!;
  expect(due).toBeGreaterThanOrEqual(750);
  expect(due).toBeLessThanOrEqual(1250);
  await kit.time.pass(100);
  expect(outbox.nextDue()).toBeCloseTo(due - 100);
  await kit.time.pass(5000);
  expect(outbox.nextDue()).toBe(0);
});

test('nothing is due while it waits for its answer, and something new is, whatever was tried and acknowledged', async () => {
  const { kit, alice, outbox, relay, say, pump } = await waiting();
  const release = relay.hold();
  void pump();
  await kit.time.pass(1);
  expect(outbox.nextDue()).toBe(Number.POSITIVE_INFINITY);
  release();
  await outbox.idle();
  for (const row of alice.tables.list('outbox')) alice.tables.remove('outbox', row.id!);
  await pump();
  await say();
  expect(outbox.nextDue()).toBe(0);
});
