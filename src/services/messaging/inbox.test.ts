/** What the inbox does around the rules of a message: streams, wraps, acknowledgements, evidence. */
import { describe, expect, test } from 'vitest';
import { cancel, LATER, request } from '../../../test/sim/forged.ts';
import {
  introduced,
  lease,
  peerOf,
  questionOf,
  REVISION,
  routesOf,
  sendRoutes,
  taskOf,
  tellRoutes,
  trustRunner,
} from '../../../test/sim/introductions.ts';
import { FORGED_STREAM, type Forged, KIT_EPOCH, type MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { signEvent } from '../../core/nostr/event.ts';
import { WRAP_KIND } from '../../core/nostr/kinds.ts';
import type { Range } from '../../core/projection/ranges.ts';

const forkRow = (rule: string, allowed: Forged): RuleRow => ({
  rule: `two messages with one place in a stream, not with one place ${rule}`,
  reason: 'stream_fork',
  given: async (kit) => {
    expect(await kit.tell(cancel(1, { n: 7 }))).toBe('accepted');
    return { refused: cancel(2, { n: 7 }), allowed };
  },
});
/** Every other number of a stream. */
const gapsOf = (gaps: number): Range[] =>
  Array.from({ length: gaps + 1 }, (_, i): Range => [2 * i + 1, 2 * i + 1]);
const STREAMS: RuleRow[] = [
  forkRow('each', cancel(2, { n: 8 })),
  forkRow('in two streams', cancel(2, { n: 7, stream: 'f1'.repeat(16) })),
  forkRow('of two signers', cancel(2, { n: 7, from: 'bob' })),
  {
    rule: 'one gap more where a thousand are',
    reason: 'stream_gaps',
    given: async (kit) => {
      const signer = kit.who.alice.pubkey;
      const ranges = gapsOf(1000);
      const stream = { signer, me: kit.who.node.pubkey, stream: FORGED_STREAM, ranges, top: 2001 };
      kit.homes.runner.tables.put('streams', stream);
      return { refused: cancel(1, { n: 2003 }), allowed: cancel(1, { n: 2002 }) };
    },
  },
];
testRuleRows(STREAMS);

test('what one node says to another of its home is no fork of what that home said', async () => {
  const kit = await introduced();
  await tellRoutes(kit, 'node', ['sibling'], 2);
  await tellRoutes(kit, 'sibling', ['node']);
  lease(kit, 'sibling');
  const { id } = await kit.send({ type: 'task.request', from: 'node', to: 'sibling', body: taskOf(1) });
  expect(kit.has('sibling', id)).toBe(true);
});

test('a gap may be filled, and a stream of 999 gaps may get one more', async () => {
  const kit = await introduced();
  const [signer, me] = [kit.who.alice.pubkey, kit.who.node.pubkey];
  const put = (gaps: number) => {
    const ranges = gapsOf(gaps);
    kit.homes.runner.tables.put('streams', { signer, me, stream: FORGED_STREAM, ranges, top: 2 * gaps + 1 });
  };
  put(1000);
  expect(await kit.tell(cancel(1, { n: 2 }))).toBe('accepted');
  put(999);
  expect(await kit.tell(cancel(2, { n: 2003 }))).toBe('accepted');
});

/** How often the runner's home takes a layer of encryption off from now on. */
const counting = (kit: MessageKit) => {
  const count = { opened: 0 };
  const { suite } = kit.homes.runner;
  kit.homes.runner.suite = {
    ...suite,
    chacha20: (...args) => {
      count.opened += 1;
      return suite.chacha20(...args);
    },
  };
  return count;
};

describe('a wrap', () => {
  test('that is none, or is for another home, is refused and nothing else', async () => {
    const kit = await introduced();
    await kit.posts.runner.receive('{}');
    await kit.posts.runner.receive(kit.write({ ...cancel(), to: 'node2' } as Forged).text);
    expect(kit.posts.runner.counted).toEqual([
      ['wrap_shape', null],
      ['wrap_recipient', null],
    ]);
  });
  test('that was taken is not opened again', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(cancel());
    expect(await kit.deliver(text, 'node', event.id)).toBe('accepted');
    const work = counting(kit);
    expect(await kit.deliver(text, 'node', event.id)).toBe('nothing');
    expect(work.opened).toBe(0);
  });
  test('is remembered by its own id, not by one that a relay put before it', async () => {
    const kit = await introduced();
    const victim = kit.write(cancel(2));
    const { id } = JSON.parse(victim.text);
    const { event, text } = kit.write(cancel(1));
    const decoy = text.replace('{', `{"relay":{"id":"${id}"},`);
    expect(await kit.deliver(decoy, 'node', event.id)).toBe('accepted');
    expect(await kit.deliver(victim.text, 'node', victim.event.id)).toBe('accepted');
  });
  test('that was refused is judged again when it comes again', async () => {
    const kit = await introduced();
    const asks = [{ relation: 'approves' as const, side: 'b' as const }];
    await sendRoutes(kit, routesOf(kit, 'node', [peerOf(kit, 'alice', asks)], 2));
    const { event, text } = kit.write(cancel());
    expect(await kit.deliver(text, 'node', event.id)).toBe('no_edge');
    await tellRoutes(kit, 'node', ['alice'], 3);
    expect(await kit.deliver(text, 'node', event.id)).toBe('accepted');
  });
  test('is remembered for three days', async () => {
    const kit = await introduced();
    const seen = () => kit.homes.runner.tables.list('seen').map((row) => row.id);
    const first = kit.write(cancel(1));
    await kit.deliver(first.text, 'node', first.event.id);
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

test('a bug that the opening of a wrap meets is no refusal', async () => {
  const kit = await introduced();
  const { event, text } = kit.write(cancel());
  const { clock } = kit.homes.runner;
  kit.homes.runner.clock = {
    ...clock,
    now: () => {
      throw new TypeError('a bug');
    },
  };
  await expect(kit.posts.runner.receive(text)).rejects.toThrow('a bug');
  kit.homes.runner.clock = clock;
  expect(kit.posts.runner.counted).toEqual([]);
  expect(await kit.deliver(text, 'node', event.id)).toBe('accepted');
});

describe('what is acknowledged', () => {
  test('a message, and the same one again in a fresh wrap, but not of the same moment', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(cancel());
    const before = kit.posts.runner.settled.length;
    await kit.deliver(text, 'node', event.id);
    const { n } = kit.homes.runner.ledger.head;
    const again = () => kit.deliver(kit.wrap(event, 'alice', 'node'), 'node', event.id);
    await again();
    // Another process of the home may have kept it, and acknowledges it
    expect(kit.posts.runner.settled.slice(before).map((m) => m.id)).toEqual([event.id]);
    await kit.time.pass(501);
    await again();
    expect(kit.homes.runner.ledger.head.n).toBe(n);
    expect(kit.posts.runner.settled.slice(before).map((m) => m.id)).toEqual([event.id, event.id]);
    expect(kit.homes.runner.tables.count('messages', { type: 'task.cancel' })).toBe(1);
  });
  test('what comes too late, but nothing that is refused, held or contradicted', async () => {
    const kit = await introduced();
    const settled = () => kit.posts.runner.settled.filter((m) => m.type === 'approval.response').length;
    const body = questionOf(kit, 1);
    const { id } = await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
    const { approval, subject, subjectDigest } = body;
    const answer = (digest: string): Forged => ({
      ...{ type: 'approval.response', from: 'alice', to: 'node', re: id, dedup: 'decision' },
      body: { approval, subject, subjectDigest: digest, decision: 'approved' },
    });
    await kit.time.pass(200_000);
    expect(await kit.tell(answer('ab'.repeat(32)))).toBe('wrong_subject');
    expect(settled()).toBe(0);
    expect(await kit.tell(answer(subjectDigest))).toBe('late: approval_expired');
    expect(settled()).toBe(1);
    expect(await kit.tell({ ...answer(subjectDigest), rev: REVISION + 1 })).toBe('held: revision_ahead');
    expect(settled()).toBe(1);
    expect(await kit.tell({ ...cancel(1), dedup: 'once' })).toBe('accepted');
    const count = kit.posts.runner.settled.length;
    expect(await kit.tell({ ...cancel(2), dedup: 'once' })).toBe('dedup_conflict');
    expect(kit.posts.runner.settled).toHaveLength(count);
  });
  test('what was said before under its dedup key, whatever its state has become meanwhile', async () => {
    const kit = await introduced();
    const first = kit.write({ ...request(1), dedup: 'once' });
    expect(await kit.deliver(first.text, 'node', first.event.id)).toBe('accepted');
    lease(kit, 'node', 0);
    const again: Forged = { ...request(1), dedup: 'once', content: first.event.content };
    expect(await kit.tell(again)).toBe('accepted');
    expect(await kit.tell({ ...request(2), dedup: 'other' })).toBe('held: no_lease');
    const asks = [{ relation: 'approves' as const, side: 'b' as const }];
    await sendRoutes(kit, routesOf(kit, 'node', [peerOf(kit, 'alice', asks)], 2));
    expect(await kit.tell(again)).toBe('no_edge');
  });
  test('a decision said again after the approval was closed, not a changed one', async () => {
    const kit = await introduced();
    const body = questionOf(kit, 1);
    const { id } = await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
    const { approval, subject, subjectDigest } = body;
    const answer = (decision: 'approved' | 'rejected'): Forged => ({
      ...{ type: 'approval.response', from: 'alice', to: 'node', re: id, dedup: 'decision' },
      body: { approval, subject, subjectDigest, decision },
    });
    const first = kit.write(answer('approved'));
    expect(await kit.deliver(first.text, 'node', first.event.id)).toBe('accepted');
    expect(await kit.tell({ ...answer('approved'), content: first.event.content })).toBe('accepted');
    expect(await kit.tell(answer('rejected'))).toBe('already_decided');
  });
});

describe('contradictions', () => {
  test('are not kept where so many signers are refused that they cannot be counted', async () => {
    const kit = await introduced();
    expect(await kit.tell({ ...cancel(1), dedup: 'once' })).toBe('accepted');
    for (let n = 0; n < 1024; n++) kit.posts.runner.rejects.count('no_edge', `${n}`.padStart(64, '0'));
    expect(await kit.tell({ ...cancel(2), dedup: 'once' })).toBe('dedup_conflict');
    expect(kit.homes.runner.tables.count('messages', { type: 'message.conflict' })).toBe(0);
  });
  test.each(['in one second', 'over time'])(
    '%s are kept as evidence twenty times of one signer',
    async (pace) => {
      const kit = await introduced();
      const evidence = () => kit.homes.runner.tables.count('messages', { type: 'message.conflict' });
      const say = async (from: 'alice' | 'bob', n: number) => {
        const made = await kit.tell({ ...cancel(n, { from }), dedup: 'once' });
        if (pace === 'over time') await kit.time.pass(1000);
        if (pace === 'over time') await kit.posts.runner.rejects.flush(true);
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

test('an ephemeral message that is refused reaches nobody', async () => {
  const kit = await introduced();
  const beat: Forged = { type: 'host.beat', from: 'host', to: 'runner', body: { revision: 1, digest: null } };
  expect(await kit.tell(beat)).toBe('accepted');
  expect(await kit.tell({ ...beat, epoch: { ...KIT_EPOCH, n: KIT_EPOCH.n - 1 } } as Forged)).toBe(
    'stale_epoch',
  );
  expect(kit.posts.runner.ephemeral).toHaveLength(1);
});

test('that something changed is told when a line was written, and only then', async () => {
  const kit = await introduced();
  const before = kit.posts.runner.changed;
  const { event, text } = kit.write(cancel());
  await kit.deliver(text, 'node', event.id);
  expect(kit.posts.runner.changed).toBe(before + 1);
  await kit.deliver(kit.wrap(event, 'alice', 'node'), 'node', event.id);
  expect(await kit.tell(cancel(2, { n: 1 }))).toBe('stream_fork');
  expect(kit.posts.runner.changed).toBe(before + 1);
});

test('two nodes of one home are each told the same by one person, under one dedup key', async () => {
  const kit = await introduced();
  await tellRoutes(kit, 'sibling', ['alice']);
  expect(await kit.tell({ ...cancel(1), dedup: 'once' })).toBe('accepted');
  expect(await kit.tell({ ...cancel(2), to: 'sibling', dedup: 'once' } as Forged)).toBe('accepted');
  expect(kit.homes.runner.tables.count('messages', { type: 'task.cancel', dir: 'in' })).toBe(2);
});

test('a Host does not stop because a runner claims a later epoch: only its own key can say so', async () => {
  const kit = await introduced();
  const ran = {
    turn: 1,
    status: 'done',
    exitCode: 0,
    engine: 'exec',
    sandbox: 'none',
    output: 'ab'.repeat(32),
  } as const;
  const body = { session: uuidOf(1), attempt: 1, ...ran };
  const claim: Forged = {
    type: 'turn.observed',
    from: 'runner',
    to: 'host',
    epoch: { ...LATER, n: 2 ** 40 },
    body,
  };
  expect(await kit.tell(claim)).toBe('held: epoch_ahead');
  const beat = { beat: '0b'.repeat(16), running: 0, leases: [] };
  await trustRunner(kit, 'runner2', 'revoked');
  expect(await kit.tell({ type: 'runner.heartbeat', from: 'runner2', to: 'host', body: beat })).toBe(
    'revoked',
  );
  expect(kit.posts.host.fenced).toEqual([]);
  expect(
    await kit.tell({
      type: 'host.beat',
      from: 'host',
      to: 'host',
      epoch: { ...KIT_EPOCH, boot: LATER.boot },
      body: { revision: 0, digest: null },
    }),
  ).toBe('host_conflict');
  expect(kit.posts.host.fenced).toEqual([KIT_EPOCH.n]);
});

describe('T111: a wrap is needed no more', () => {
  const readOf = (kit: MessageKit) => kit.posts.runner.read;
  const given = async (kit: MessageKit, said: Forged) => {
    const { event, text } = kit.write(said);
    await kit.deliver(text, 'node', event.id);
    return { text, id: JSON.parse(text).id as string, event };
  };

  test('when what it holds was taken, also when it comes again', async () => {
    const kit = await introduced();
    const before = readOf(kit).length;
    const { text, id, event } = await given(kit, cancel(1));
    expect(readOf(kit).slice(before)).toEqual([`${kit.who.node.pubkey} ${id}`]);
    await kit.deliver(text, 'node', event.id);
    expect(readOf(kit).slice(before)).toEqual(Array(2).fill(`${kit.who.node.pubkey} ${id}`));
  });
  test('when it is held, which the ledger has too', async () => {
    const kit = await introduced();
    const before = readOf(kit).length;
    const { id, event } = await given(kit, { ...cancel(1), rev: REVISION + 1 } as Forged);
    expect(kit.homes.runner.tables.get('held_messages', event.id)).toMatchObject({
      reason: 'revision_ahead',
    });
    expect(readOf(kit).slice(before)).toEqual([`${kit.who.node.pubkey} ${id}`]);
  });
  test('when it contradicts what was said before, which is kept as evidence', async () => {
    const kit = await introduced();
    expect(await kit.tell({ ...cancel(1), dedup: 'once' })).toBe('accepted');
    const before = readOf(kit).length;
    const { id } = await given(kit, { ...cancel(2), dedup: 'once' } as Forged);
    expect(readOf(kit).slice(before)).toEqual([`${kit.who.node.pubkey} ${id}`]);
  });
  test('of nobody, where only an id that was seen is left of it', async () => {
    const kit = await introduced();
    const { id } = await given(kit, cancel(1));
    const before = readOf(kit).length;
    await kit.posts.runner.receive(JSON.stringify({ id }));
    expect(readOf(kit).slice(before)).toEqual([]);
    expect(kit.posts.runner.counted).toEqual([]);
  });
  test('not when it was refused for now: it may be taken later', async () => {
    const kit = await introduced();
    const before = readOf(kit).length;
    expect(await kit.tell({ ...cancel(1), from: 'mallory' } as Forged)).toBe('unknown_signer');
    expect(
      await kit.tell({ type: 'blob.get', from: 'alice', to: 'node', body: { sha256: 'ab'.repeat(32) } }),
    ).toBe('not_named');
    expect(readOf(kit).slice(before)).toEqual([]);
  });
  test('T123 when it was refused for good, and it is not opened again, also after a restart', async () => {
    const kit = await introduced();
    const before = readOf(kit).length;
    const { secretKey } = kit.who.mallory;
    const tags = [['p', kit.who.node.pubkey]];
    const template = { kind: WRAP_KIND, created_at: 1_790_000_000, tags, content: 'junk' };
    const junk = signEvent(kit.homes.mallory.suite, template, secretKey, new Uint8Array(32));
    const bad = kit.write({ ...cancel(1), content: '{}' } as Forged);
    const texts = [JSON.stringify(junk), bad.text];
    const gone = texts.map((text) => `${kit.who.node.pubkey} ${JSON.parse(text).id}`);
    for (const text of texts) await kit.posts.runner.receive(text);
    expect(kit.posts.runner.counted.map(([reason]) => reason)).toEqual(['malformed', 'body_schema']);
    expect(readOf(kit).slice(before)).toEqual(gone);
    const work = counting(kit);
    const post = kit.restart('runner');
    for (const text of texts) await post.receive(text);
    expect([work.opened, post.counted, post.read]).toEqual([0, [], gone]);
  });
  test('T32 not by a copy of it whose id is not its own', async () => {
    const kit = await introduced();
    const { event, text } = kit.write(cancel(1));
    await kit.posts.runner.receive(JSON.stringify({ ...JSON.parse(text), content: 'junk' }));
    await kit.posts.runner.receive(JSON.stringify({ ...JSON.parse(text), sig: '0'.repeat(128) }));
    expect(kit.posts.runner.counted.map(([reason]) => reason)).toEqual(['wrap_id', 'wrap_signature']);
    expect(await kit.deliver(text, 'node', event.id)).toBe('accepted');
  });
});
