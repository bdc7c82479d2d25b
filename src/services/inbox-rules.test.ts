/** What the inbox does before and after the rules of a message: streams, keeping, holding, strangers, evidence. */
import { describe, expect, test } from 'vitest';
import {
  introduced,
  lease,
  questionOf,
  REVISION,
  routesOf,
  sendRoutes,
  taskOf,
  tellRoutes,
} from '../../test/sim/introductions.ts';
import { FORGED_STREAM, type Forged, KIT_EPOCH, type MessageKit } from '../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../test/sim/rule-rows.ts';
import { uuidOf } from '../../test/support/world.ts';

const cancel = (
  n = 1,
  changes: { stream?: string; n?: number; rev?: number; from?: 'alice' | 'bob' } = {},
): Forged => ({
  type: 'task.cancel',
  from: 'alice',
  to: 'node',
  body: { session: uuidOf(n), reason: 'no longer wanted' },
  ...changes,
});
const request = (n = 1): Forged => ({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(n) });
const later = { n: KIT_EPOCH.n + 1, boot: 'b1'.repeat(16) };

const forkRow = (rule: string, allowed: Forged): RuleRow => ({
  rule: `two messages with one place in a stream, not with one place ${rule}`,
  reason: 'stream_fork',
  given: async (kit) => {
    expect(await kit.tell(cancel(1, { n: 7 }))).toBe('accepted');
    return { refused: cancel(2, { n: 7 }), allowed };
  },
});
const STREAMS: RuleRow[] = [
  forkRow('each', cancel(2, { n: 8 })),
  forkRow('in two streams', cancel(2, { n: 7, stream: 'f1'.repeat(16) })),
  forkRow('of two signers', cancel(2, { n: 7, from: 'bob' })),
  {
    rule: 'one gap more where a thousand are',
    reason: 'stream_gaps',
    given: async (kit) => {
      const signer = kit.who.alice.pubkey;
      const ranges = JSON.stringify(Array.from({ length: 1001 }, (_, i) => [2 * i + 1, 2 * i + 1]));
      const stream = { signer, me: kit.who.node.pubkey, stream: FORGED_STREAM, ranges, top: 2001 };
      kit.homes.runner.tables.put('streams', stream);
      return { refused: cancel(1, { n: 2003 }), allowed: cancel(1, { n: 2002 }) };
    },
  },
];
testRuleRows(STREAMS);

test('a gap may be filled, and a stream of 999 gaps may get one more', async () => {
  const kit = await introduced();
  const [signer, me] = [kit.who.alice.pubkey, kit.who.node.pubkey];
  const put = (gaps: number) => {
    const ranges = JSON.stringify(Array.from({ length: gaps + 1 }, (_, i) => [2 * i + 1, 2 * i + 1]));
    kit.homes.runner.tables.put('streams', { signer, me, stream: FORGED_STREAM, ranges, top: 2 * gaps + 1 });
  };
  put(1000);
  expect(await kit.tell(cancel(1, { n: 2 }))).toBe('accepted');
  put(999);
  expect(await kit.tell(cancel(2, { n: 2003 }))).toBe('accepted');
});

describe('a wrap', () => {
  /** How often the home took a layer of encryption off. */
  const counting = (kit: MessageKit) => {
    const count = { ecdh: 0 };
    const { suite } = kit.homes.runner;
    kit.homes.runner.suite = {
      ...suite,
      ecdh: (...args) => {
        count.ecdh += 1;
        return suite.ecdh(...args);
      },
    };
    return count;
  };
  test('that was taken is not opened again', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(cancel());
    expect(await kit.hand(text, 'node', event.id)).toBe('accepted');
    const work = counting(kit);
    expect(await kit.hand(text, 'node', event.id)).toBe('nothing');
    expect(work.ecdh).toBe(0);
  });
  test('is remembered by its own id, not by one that a relay put before it', async () => {
    const kit = await introduced();
    const victim = kit.write(cancel(2));
    const { id } = JSON.parse(victim.text);
    const { event, text } = kit.write(cancel(1));
    const decoy = text.replace('{', `{"relay":{"id":"${id}"},`);
    expect(await kit.hand(decoy, 'node', event.id)).toBe('accepted');
    expect(await kit.hand(victim.text, 'node', victim.event.id)).toBe('accepted');
  });
  test('that was refused is judged again when it comes again', async () => {
    const kit = await introduced();
    await sendRoutes(kit, routesOf(kit, 'node', [], 2));
    const { event, text } = kit.write(cancel());
    expect(await kit.hand(text, 'node', event.id)).toBe('unknown_signer');
    await tellRoutes(kit, 'node', ['alice'], 3);
    expect(await kit.hand(text, 'node', event.id)).toBe('accepted');
  });
  test('is remembered for three days', async () => {
    const kit = await introduced();
    const seen = () => kit.homes.runner.tables.list('seen').map((row) => row.id);
    const first = kit.write(cancel(1));
    await kit.hand(first.text, 'node', first.event.id);
    const { id } = JSON.parse(first.text);
    await kit.time.pass(3 * 24 * 3600_000);
    for (const n of [2, 3, 4, 5, 6, 7, 8]) await kit.tell(cancel(n));
    expect(seen()).toContain(id);
    await kit.time.pass(1000);
    for (const n of [9, 10, 11, 12, 13, 14, 15]) await kit.tell(cancel(n));
    expect(seen()).not.toContain(id);
    expect(seen()).toHaveLength(14);
  });
});

describe('what is acknowledged', () => {
  test('a message, and the same one again in a fresh wrap', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(cancel());
    const before = kit.posts.runner.settled.length;
    await kit.hand(text, 'node', event.id);
    await kit.hand(kit.wrap(event, 'alice', 'node'), 'node', event.id);
    expect(kit.posts.runner.settled.slice(before).map((m) => m.id)).toEqual([event.id, event.id]);
    expect(kit.homes.runner.tables.count('messages', { type: 'task.cancel' })).toBe(1);
  });
  test('what comes too late, but nothing that is refused, held or contradicted', async () => {
    const kit = await introduced();
    const settled = () => kit.posts.runner.settled.filter((m) => m.type === 'approval.response').length;
    const body = questionOf(kit, 1);
    const { id } = await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
    const { approval, subjectDigest } = body;
    const answer = (subject: string): Forged => ({
      ...{ type: 'approval.response', from: 'alice', to: 'node', re: id, dedup: 'decision' },
      body: { approval, subjectDigest: subject, decision: 'approved' },
    });
    await kit.time.pass(200_000);
    expect(await kit.tell(answer('ab'.repeat(32)))).toBe('wrong_subject');
    expect(settled()).toBe(0);
    expect(await kit.tell(answer(subjectDigest))).toBe('late: approval_expired');
    expect(settled()).toBe(1);
    expect(await kit.tell({ ...answer(subjectDigest), rev: REVISION + 1 })).toBe('held');
    expect(await kit.tell({ ...cancel(1), dedup: 'once' })).toBe('accepted');
    const count = kit.posts.runner.settled.length;
    expect(await kit.tell({ ...cancel(2), dedup: 'once' })).toBe('dedup_conflict');
    expect(kit.posts.runner.settled).toHaveLength(count);
  });
  test('what was said before under its dedup key, whatever its state has become meanwhile', async () => {
    const kit = await introduced();
    const first = kit.write({ ...request(1), dedup: 'once' });
    expect(await kit.hand(first.text, 'node', first.event.id)).toBe('accepted');
    lease(kit, 'node', 0);
    const again: Forged = { ...request(1), dedup: 'once', content: first.event.content };
    expect(await kit.tell(again)).toBe('accepted');
    expect(await kit.tell({ ...request(2), dedup: 'other' })).toBe('held');
    await sendRoutes(kit, routesOf(kit, 'node', [], 2));
    expect(await kit.tell(again)).toBe('unknown_signer');
  });
  test('a decision said again after the approval was closed, not a changed one', async () => {
    const kit = await introduced();
    const body = questionOf(kit, 1);
    const { id } = await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
    const { approval, subjectDigest } = body;
    const answer = (decision: 'approved' | 'rejected'): Forged => ({
      ...{ type: 'approval.response', from: 'alice', to: 'node', re: id, dedup: 'decision' },
      body: { approval, subjectDigest, decision },
    });
    const first = kit.write(answer('approved'));
    expect(await kit.hand(first.text, 'node', first.event.id)).toBe('accepted');
    expect(await kit.tell({ ...answer('approved'), content: first.event.content })).toBe('accepted');
    expect(await kit.tell(answer('rejected'))).toBe('already_decided');
  });
});

describe('contradictions', () => {
  test.each(['in one second', 'over time'])(
    '%s are kept as evidence twenty times of one signer',
    async (pace) => {
      const kit = await introduced();
      const evidence = () => kit.homes.runner.tables.count('messages', { type: 'message.conflict' });
      const say = async (from: 'alice' | 'bob', n: number) => {
        const made = await kit.tell({ ...cancel(n, { from }), dedup: 'once' });
        if (pace === 'over time') await kit.time.pass(1000);
        if (pace === 'over time') await kit.posts.runner.flush();
        return made;
      };
      for (const from of ['alice', 'bob'] as const) expect(await say(from, 1)).toBe('accepted');
      for (let n = 2; n <= 21; n++) expect(await say('alice', n)).toBe('dedup_conflict');
      expect(evidence()).toBe(20);
      expect(await say('alice', 22)).toBe('dedup_conflict');
      expect(evidence()).toBe(20);
      expect(await say('bob', 2)).toBe('dedup_conflict');
      expect(evidence()).toBe(21);
    },
  );
});

describe('what cannot be judged yet', () => {
  const ahead = (n: number): Forged => cancel(n, { rev: REVISION + 1 });
  const held = (kit: MessageKit) => kit.homes.runner.tables.count('held');
  const dropped = (kit: MessageKit) => kit.homes.runner.tables.count('messages', { type: 'message.dropped' });

  test('is kept a thousand times of one signer', async () => {
    const kit = await introduced();
    const row = { me: kit.who.node.pubkey, reason: 'revision_ahead', at: 0, line: 1 };
    const put = (n: number) => {
      const id = n.toString(16).padStart(64, '0');
      kit.homes.runner.tables.put('held', { ...row, id, signer: kit.who.alice.pubkey });
    };
    for (let n = 1; n <= 999; n++) put(n);
    expect(await kit.tell(ahead(1))).toBe('held');
    expect(await kit.tell(ahead(2))).toBe('held_full');
    expect(await kit.tell({ ...ahead(3), from: 'bob' } as Forged)).toBe('held');
  });
  test('is written down once, however often it comes', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(ahead(1));
    expect(await kit.hand(text, 'node', event.id)).toBe('held');
    expect(await kit.hand(kit.wrap(event, 'alice', 'node'), 'node', event.id)).toBe('held');
    expect(kit.homes.runner.tables.count('messages', { type: 'message.held' })).toBe(1);
  });
  test('of a later epoch is counted once', async () => {
    const kit = await introduced();
    const { event } = kit.write({ ...cancel(1), epoch: later });
    for (let i = 0; i < 2; i++)
      expect(await kit.hand(kit.wrap(event, 'alice', 'node'), 'node', event.id)).toBe('held');
    expect(kit.posts.runner.counted).toEqual([['epoch_ahead', kit.who.alice.pubkey]]);
  });
  test('is judged when its revision is here', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(ahead(1));
    await kit.hand(text, 'node', event.id);
    await sendRoutes(kit, { ...routesOf(kit, 'sibling', [], 9), revision: REVISION + 1 });
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    await tellRoutes(kit, 'node', ['alice'], 2, REVISION + 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit), kit.has('node', event.id)]).toEqual([0, 0, true]);
  });
  test('is judged when its epoch is here', async () => {
    const kit = await introduced();
    const { event, text } = kit.write({ ...cancel(1), epoch: later });
    await kit.hand(text, 'node', event.id);
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    kit.homes.host.epoch = later;
    await tellRoutes(kit, 'node', ['alice'], 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), kit.has('node', event.id)]).toEqual([0, true]);
  });
  test('is judged when the node has its lease again', async () => {
    const kit = await introduced();
    lease(kit, 'node', 0);
    const { event, text } = kit.write(request(1));
    await kit.hand(text, 'node', event.id);
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    lease(kit, 'node', 1000);
    await kit.posts.runner.rejudge();
    expect([held(kit), kit.has('node', event.id)]).toEqual([0, true]);
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
    expect(await kit.hand(end.text, 'alice', end.event.id)).toBe('held');
    expect(await kit.hand(asked.text, 'alice', asked.event.id)).toBe('accepted');
    await kit.posts.alice.rejudge();
    expect(kit.homes.alice.tables.get('approvals', approval)).toMatchObject({ state: 'withdrawn', open: 0 });
  });
  test('is forgotten after a day, not before', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(ahead(1));
    await kit.hand(text, 'node', event.id);
    await kit.posts.runner.rejudge();
    await kit.time.pass(24 * 3600_000);
    await kit.tell(cancel(2));
    await kit.posts.runner.rejudge();
    expect(held(kit)).toBe(1);
    await kit.time.pass(1000);
    await kit.tell(cancel(3));
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit), kit.has('node', event.id)]).toEqual([0, 1, false]);
  });
  test('and is refused when it can be is held no longer', async () => {
    const kit = await introduced();
    const { event, text } = kit.write({ ...ahead(1), n: 7 } as Forged);
    await kit.hand(text, 'node', event.id);
    expect(await kit.tell(cancel(2, { n: 7 }))).toBe('accepted');
    await tellRoutes(kit, 'node', ['alice'], 2, REVISION + 1);
    await kit.posts.runner.rejudge();
    expect([held(kit), dropped(kit), kit.has('node', event.id)]).toEqual([0, 1, false]);
    expect(kit.posts.runner.counted.at(-1)).toEqual(['stream_fork', kit.who.alice.pubkey]);
  });
});

describe('strangers', () => {
  const hello = (): Forged => ({
    type: 'user.hello',
    from: 'mallory',
    to: 'host',
    body: { name: 'mallory' },
  });
  test('are opened five times a second by the Host, all together', async () => {
    const kit = await introduced();
    const all = async () => {
      const made: string[] = [];
      for (let i = 0; i < 7; i++) made.push(await kit.tell(hello()));
      return made;
    };
    const spent = [...Array(5).fill('no_invite'), 'unknown_signer', 'unknown_signer'];
    expect(await all()).toEqual(spent);
    await kit.time.pass(999);
    expect(await kit.tell(hello())).toBe('unknown_signer');
    await kit.time.pass(1);
    expect(await all()).toEqual(spent);
  });
  test.each(['node', 'alice'] as const)('are not opened at all by the home of %s', async (to) => {
    const kit = await introduced();
    const made = await kit.tell({
      type: 'ack',
      from: 'mallory',
      to,
      body: { stream: FORGED_STREAM, high: 0, top: 0, missing: [] },
    });
    expect(made).toBe('unknown_signer');
    expect(kit.homeOf(to).pairs.size).toBe(0);
  });
  test('are counted together until they are known', async () => {
    const kit = await introduced();
    await kit.tell(hello());
    expect(kit.posts.host.counted).toEqual([['no_invite', null]]);
  });
  test('whose first message overtook the routes that name them are heard when those are here', async () => {
    const kit = await introduced();
    const { event, text } = kit.write({ ...cancel(1), to: 'sibling' } as Forged);
    expect(await kit.hand(text, 'sibling', event.id)).toBe('unknown_signer');
    await kit.posts.runner.rejudge();
    expect(kit.has('sibling', event.id)).toBe(false);
    await tellRoutes(kit, 'sibling', ['alice']);
    await kit.posts.runner.rejudge();
    expect(kit.has('sibling', event.id)).toBe(true);
  });
});

test('an ephemeral message that is refused reaches nobody', async () => {
  const kit = await introduced();
  const beat: Forged = { type: 'host.beat', from: 'host', to: 'runner', body: { revision: 1, digest: null } };
  expect(await kit.tell(beat)).toBe('accepted');
  expect(await kit.tell({ ...beat, epoch: { ...KIT_EPOCH, n: KIT_EPOCH.n - 1 } } as Forged)).toBe(
    'stale_epoch',
  );
  expect(kit.posts.runner.ephemeral).toHaveLength(1);
});
