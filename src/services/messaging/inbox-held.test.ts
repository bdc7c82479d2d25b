/** What the inbox cannot judge yet: held messages. */
import { describe, expect, test, vi } from 'vitest';
import { cancel, LATER, request } from '../../../test/sim/forged.ts';
import {
  ASSIGNMENT,
  introduced,
  lease,
  peerOf,
  questionOf,
  REVISION,
  relationsOf,
  routesOf,
  sessionSeen,
  tellRoutes,
} from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { SessionState } from '../../core/vocabulary.ts';

/** How often a home takes a layer of encryption off from now on. */
const counting = (kit: MessageKit, name: 'runner' | 'alice' | 'host' = 'runner') => {
  const count = { opened: 0 };
  const { suite } = kit.homes[name];
  kit.homes[name].suite = {
    ...suite,
    chacha20: (...args) => {
      count.opened += 1;
      return suite.chacha20(...args);
    },
  };
  return count;
};

describe('what cannot be judged yet', () => {
  const ahead = (n: number): Forged => cancel(n, { rev: REVISION + 1 });
  const held = (kit: MessageKit) => kit.homes.runner.tables.count('held_messages');
  const dropped = (kit: MessageKit) => kit.homes.runner.tables.count('messages', { type: 'message.dropped' });

  test('is kept a thousand times of one signer', async () => {
    const kit = await introduced();
    const row = { me: kit.who.node.pubkey, reason: 'revision_ahead', awaits: 'revision 9', at: 0, line: 1 };
    const put = (n: number) => {
      const id = n.toString(16).padStart(64, '0');
      kit.homes.runner.tables.put('held_messages', { ...row, id, signer: kit.who.alice.pubkey });
    };
    for (let n = 1; n <= 1000; n++) put(n);
    expect(await kit.tell(ahead(1))).toBe('held_full');
    kit.homes.runner.tables.remove('held_messages', '1'.padStart(64, '0'));
    expect(await kit.tell(ahead(2))).toBe('held: revision_ahead');
    expect(await kit.tell({ ...ahead(3), from: 'bob' } as Forged)).toBe('held: revision_ahead');
  });
  test('is written down once, however often it comes', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(ahead(1));
    expect(await kit.deliver(text, 'node', event.id)).toBe('held: revision_ahead');
    expect(await kit.deliver(kit.wrap(event, 'alice', 'node'), 'node', event.id)).toBe(
      'held: revision_ahead',
    );
    expect(kit.homes.runner.tables.count('messages', { type: 'message.held' })).toBe(1);
  });
  test('of a later epoch is counted once', async () => {
    const kit = await introduced();
    const { event } = kit.write({ ...cancel(1), epoch: LATER });
    for (let i = 0; i < 2; i++) {
      expect(await kit.deliver(kit.wrap(event, 'alice', 'node'), 'node', event.id)).toBe('held: epoch_ahead');
      expect(kit.posts.runner.counted).toEqual([['epoch_ahead', kit.who.alice.pubkey]]);
    }
  });
  test('of a later epoch stays at the relay of a person until it was judged, of a later revision it does not', async () => {
    const kit = await introduced();
    const ask = { type: 'approval.request', from: 'node', to: 'alice', body: questionOf(kit, 1) } as const;
    const { event, text } = kit.write({ ...ask, epoch: LATER });
    const read = () => kit.posts.alice.read.length;
    const before = read();
    for (let i = 0; i < 2; i++) expect(await kit.deliver(text, 'alice', event.id)).toBe('held: epoch_ahead');
    expect(read()).toBe(before);
    expect(await kit.tell({ ...ask, body: questionOf(kit, 2), rev: REVISION + 1 })).toBe(
      'held: revision_ahead',
    );
    expect(read()).toBe(before + 1);
    const peers = (['bob', 'node'] as const).map((one) => peerOf(kit, one, relationsOf('alice', one)));
    const body = routesOf(kit, 'alice', peers, 1);
    expect(await kit.tell({ type: 'routes', from: 'host', to: 'alice', epoch: LATER, body })).toBe(
      'accepted',
    );
    await kit.posts.alice.rejudge();
    expect(kit.homes.alice.tables.count('held_messages', { reason: 'epoch_ahead' })).toBe(0);
    const judged = read();
    await kit.deliver(text, 'alice', event.id);
    expect(read()).toBe(judged + 1);
  });
  test('is judged when its revision is here', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(ahead(1));
    await kit.deliver(text, 'node', event.id);
    await tellRoutes(kit, 'sibling', ['alice'], 9, REVISION + 1);
    expect(await kit.tell({ ...ahead(2), to: 'sibling' } as Forged)).toBe('accepted');
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    await tellRoutes(kit, 'node', ['alice'], 2, REVISION + 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit), kit.has('node', event.id)]).toEqual([0, 0, true]);
  });
  test('is not opened again for what it does not wait for', async () => {
    const kit = await introduced();
    lease(kit, 'node', 0);
    expect(await kit.tell(ahead(1))).toBe('held: revision_ahead');
    expect(await kit.tell({ ...cancel(2), epoch: LATER } as Forged)).toBe('held: epoch_ahead');
    expect(await kit.tell(request(3))).toBe('held: no_lease');
    await kit.posts.runner.rejudge();
    await kit.tell(cancel(4));
    const work = counting(kit);
    await kit.posts.runner.rejudge();
    expect(work.opened).toBe(0);
  });
  test('is not opened again when something else than it waits for is here', async () => {
    const kit = await introduced();
    expect(await kit.tell(ahead(1))).toBe('held: revision_ahead');
    expect(await kit.tell({ ...cancel(2), epoch: LATER } as Forged)).toBe('held: epoch_ahead');
    await kit.posts.runner.rejudge();
    const work = counting(kit);
    lease(kit, 'node', 99_000);
    await kit.posts.runner.rejudge();
    expect([work.opened, held(kit)]).toEqual([0, 2]);
  });
  test('is not looked for again while nothing new is known', async () => {
    const kit = await introduced();
    expect(await kit.tell(ahead(1))).toBe('held: revision_ahead');
    await kit.posts.runner.rejudge();
    const looks = vi.spyOn(kit.homes.runner.tables, 'list');
    await kit.posts.runner.rejudge();
    expect(looks).not.toHaveBeenCalledWith('held_messages');
    lease(kit, 'node', 99_000);
    await kit.posts.runner.rejudge();
    expect(looks).toHaveBeenCalledWith('held_messages');
  });
  test('is dropped when it can be opened no more: nobody knows its signer by then', async () => {
    const kit = await introduced();
    expect(await kit.tell(ahead(1))).toBe('held: revision_ahead');
    await tellRoutes(kit, 'node', ['bob'], 2, REVISION + 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit)]).toEqual([0, 1]);
    expect(kit.posts.runner.counted).toEqual([['unknown_signer', null]]);
  });
  test('is judged when its epoch is here', async () => {
    const kit = await introduced();
    const { event, text } = kit.write({ ...cancel(1), epoch: LATER });
    await kit.deliver(text, 'node', event.id);
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    kit.homes.host.epoch = LATER;
    await tellRoutes(kit, 'node', ['alice'], 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), kit.has('node', event.id)]).toEqual([0, true]);
  });
  test('is judged when the node has its lease again', async () => {
    const kit = await introduced();
    lease(kit, 'node', 0);
    const { event, text } = kit.write(request(1));
    await kit.deliver(text, 'node', event.id);
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    lease(kit, 'node', 1000);
    await kit.posts.runner.rejudge();
    expect([held(kit), kit.has('node', event.id)]).toEqual([0, true]);
  });
  test('is dropped when its node runs here no more and gets no lease again, not while it may', async () => {
    const kit = await introduced();
    const { runner } = kit.homes;
    lease(kit, 'node', 0);
    const { event, text } = kit.write(request(1));
    await kit.deliver(text, 'node', event.id);
    // A start reads its mail before the key of the node is there
    runner.identities.delete(kit.who.node.pubkey);
    runner.leases.remove(kit.who.node.pubkey);
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit)]).toEqual([1, 0]);
    const body = { assignment: ASSIGNMENT.node, fence: 1, reason: 'expired' };
    await kit.send({ type: 'assignment.revoke', from: 'host', to: 'runner', body });
    runner.leases.grant(kit.who.sibling.pubkey, 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit), kit.has('node', event.id)]).toEqual([0, 1, false]);
  });
  test('is judged when what it follows is here', async () => {
    const kit = await introduced();
    const body = questionOf(kit, 1);
    const asked = kit.write({ type: 'approval.request', from: 'node', to: 'alice', body });
    const { approval, session, subjectDigest } = body;
    const closed = { approval, session, subjectDigest, state: 'withdrawn' as const };
    const end = kit.write({
      type: 'approval.closed',
      from: 'node',
      to: 'alice',
      re: asked.event.id,
      body: closed,
    });
    expect(await kit.deliver(end.text, 'alice', end.event.id)).toBe('held: awaits_earlier');
    expect(await kit.deliver(asked.text, 'alice', asked.event.id)).toBe('accepted');
    await kit.posts.alice.rejudge();
    expect(kit.homes.alice.tables.get('approvals', approval)).toMatchObject({ state: 'withdrawn', open: 0 });
  });
  test('T114 costs nothing while what it follows is not here, and is opened once when that comes', async () => {
    const kit = await introduced();
    const ends = [];
    for (let n = 1; n <= 30; n++) {
      const body = questionOf(kit, n);
      const asked = kit.write({ type: 'approval.request', from: 'node', to: 'alice', body });
      const { approval, session, subjectDigest } = body;
      const closed = { approval, session, subjectDigest, state: 'withdrawn' as const };
      const end = {
        type: 'approval.closed',
        from: 'node',
        to: 'alice',
        re: asked.event.id,
        body: closed,
      } as const;
      expect(await kit.tell(end)).toBe('held: awaits_earlier');
      ends.push(asked);
    }
    const work = counting(kit, 'alice');
    const [first] = ends;
    await kit.deliver(first!.text, 'alice', first!.event.id);
    // Another line, another round, and another process over the same ledger: nobody opens the other twenty-nine.
    const before = work.opened;
    await kit.posts.alice.rejudge();
    expect(work.opened - before).toBe(1);
    await kit.posts.alice.rejudge();
    await kit.restart('alice').rejudge();
    expect(work.opened - before).toBe(1);
    expect(kit.homes.alice.tables.count('held_messages')).toBe(29);
  });
  test('T114 and what it followed came before a restart, is judged after it', async () => {
    const kit = await introduced();
    const body = questionOf(kit, 1);
    const asked = kit.write({ type: 'approval.request', from: 'node', to: 'alice', body });
    const { approval, session, subjectDigest } = body;
    const closed = { approval, session, subjectDigest, state: 'withdrawn' as const };
    await kit.tell({ type: 'approval.closed', from: 'node', to: 'alice', re: asked.event.id, body: closed });
    await kit.deliver(asked.text, 'alice', asked.event.id);
    await kit.restart('alice').rejudge();
    expect(kit.homes.alice.tables.get('approvals', approval)).toMatchObject({ state: 'withdrawn' });
  });
  describe('at the Host, of a session of which its runner did not tell yet', () => {
    const seen = (kit: MessageKit, n: number): Forged => ({ ...sessionSeen(kit, { n }), session: uuidOf(n) });
    const early = async () => {
      const kit = await introduced();
      const ran = { turn: 1, status: 'done', exitCode: 0, engine: 'exec', sandbox: 'none' } as const;
      const body = { session: uuidOf(1), attempt: 1, ...ran, output: 'ab'.repeat(32) };
      const turn = kit.write({ type: 'turn.observed', from: 'runner', to: 'host', body });
      expect(await kit.deliver(turn.text, 'host', turn.event.id)).toBe('held: awaits_session');
      await kit.posts.host.rejudge();
      return { kit, isHere: () => kit.has('host', turn.event.id) };
    };
    test('is judged when the runner told of it', async () => {
      const { kit, isHere } = await early();
      expect(await kit.tell(seen(kit, 1))).toBe('accepted');
      await kit.posts.host.rejudge();
      expect(isHere()).toBe(true);
    });
    test('T114 of an attempt that it did not begin yet costs nothing, whatever it tells of the one before', async () => {
      const kit = await introduced();
      const told = (attempt: number, step: number, state: SessionState = 'active') => {
        const { body, ...said } = sessionSeen(kit, { attempt });
        const evidence = step === 1 ? body.evidence : [];
        return kit.tell({ ...said, session: body.session, body: { ...body, step, state, evidence } });
      };
      expect(await told(1, 1, 'accepted')).toBe('accepted');
      for (let step = 2; step <= 20; step++) expect(await told(2, step)).toBe('held: awaits_session');
      const work = counting(kit, 'host');
      expect(await told(1, 2)).toBe('accepted');
      await kit.posts.host.rejudge();
      await kit.restart('host').rejudge();
      // Both layers of that one message alone
      expect(work.opened).toBe(2);
      expect(await told(2, 1, 'accepted')).toBe('accepted');
      await kit.posts.host.rejudge();
      expect(kit.homes.host.tables.count('held_messages')).toBe(0);
      expect(kit.homes.host.tables.get('sessions', uuidOf(1))).toMatchObject({ attempt: 2, state: 'active' });
    });
    test('is judged after a restart when the runner told of it before', async () => {
      const { kit, isHere } = await early();
      expect(await kit.tell(seen(kit, 1))).toBe('accepted');
      await kit.restart('host').rejudge();
      expect(isHere()).toBe(true);
    });
    test('is not opened after a restart where the runner told of another one', async () => {
      const { kit, isHere } = await early();
      expect(await kit.tell(seen(kit, 2))).toBe('accepted');
      const work = counting(kit, 'host');
      await kit.restart('host').rejudge();
      expect([work.opened, isHere()]).toEqual([0, false]);
    });
  });
  test('T114 that follows what is not here, is kept fifty times of one signer', async () => {
    const kit = await introduced();
    const end = (n: number): Forged => {
      const { approval, session, subjectDigest } = questionOf(kit, n);
      const body = { approval, session, subjectDigest, state: 'withdrawn' as const };
      const re = n.toString(16).padStart(64, '0');
      return { type: 'approval.closed', from: 'node', to: 'alice', re, body };
    };
    for (let n = 1; n <= 50; n++) expect(await kit.tell(end(n))).toBe('held: awaits_earlier');
    expect(await kit.tell(end(51))).toBe('held_full');
    await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
    expect(await kit.tell({ ...end(52), from: 'sibling' } as Forged)).toBe('held: awaits_earlier');
  });
  test('is written down again when it waits for another thing then, and is as old as before', async () => {
    const kit = await introduced();
    lease(kit, 'node', 0);
    const { event, text } = kit.write({ ...request(1), rev: REVISION + 1 });
    expect(await kit.deliver(text, 'node', event.id)).toBe('held: revision_ahead');
    const { at } = kit.homes.runner.tables.get('held_messages', event.id)!;
    await kit.time.pass(5_000);
    await tellRoutes(kit, 'node', ['alice'], 2, REVISION + 1);
    await kit.posts.runner.rejudge();
    expect(kit.homes.runner.tables.get('held_messages', event.id)).toMatchObject({
      ...{ at, reason: 'no_lease', awaits: 'lease' },
    });
    lease(kit, 'node', 1000);
    await kit.posts.runner.rejudge();
    expect([held(kit), kit.has('node', event.id)]).toEqual([0, true]);
  });
  test('tells a contradiction once, also when the message was held before', async () => {
    const kit = await introduced();
    expect(await kit.tell({ ...cancel(1), dedup: 'once' })).toBe('accepted');
    expect(await kit.tell({ ...ahead(2), dedup: 'once' })).toBe('held: revision_ahead');
    await tellRoutes(kit, 'node', ['alice'], 2, REVISION + 1);
    for (let n = 3; n < 6; n++) {
      await kit.tell(cancel(n));
      await kit.posts.runner.rejudge();
    }
    expect(held(kit)).toBe(0);
    expect(kit.posts.runner.counted).toEqual([['dedup_conflict', kit.who.alice.pubkey]]);
  });
  test('is forgotten after a day, not before', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(ahead(1));
    await kit.deliver(text, 'node', event.id);
    await kit.posts.runner.rejudge();
    await kit.time.pass(24 * 3600_000);
    await kit.tell(cancel(2));
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    await kit.time.pass(1000);
    await kit.tell(cancel(3));
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit), kit.has('node', event.id)]).toEqual([0, 1, false]);
    const { value: last } = await kit.homes.runner.ledger
      .read(kit.homes.runner.ledger.head.n)
      [Symbol.asyncIterator]()
      .next();
    expect(JSON.parse(last!.event.content)).toEqual({ id: event.id, reason: 'not_held' });
  });
  test('and is refused when it can be is held no longer', async () => {
    const kit = await introduced();
    const { event, text } = kit.write({ ...ahead(1), n: 7 } as Forged);
    await kit.deliver(text, 'node', event.id);
    expect(await kit.tell(cancel(2, { n: 7 }))).toBe('accepted');
    await tellRoutes(kit, 'node', ['alice'], 2, REVISION + 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit), kit.has('node', event.id)]).toEqual([0, 1, false]);
    expect(kit.posts.runner.counted.at(-1)).toEqual(['stream_fork', kit.who.alice.pubkey]);
  });
});
