/** What the rules of `authorize` are answered from the read models: each answer refuses what no other one does. */

import { expect, test } from 'vitest';
import { ackBy, requestBy } from '../../../test/sim/forged.ts';
import {
  DIFF,
  introduced,
  inviteFor,
  issueInvite,
  joinRunner,
  lease,
  nameUsers,
  questionOf,
  REVISION,
  routesOf,
  runnerHello,
  sendRoutes,
  sessionSeen,
  startAfter,
  tellRoutes,
  trustRunner,
} from '../../../test/sim/introductions.ts';
import { type Forged, KIT_EPOCH, type MessageKit, type Name } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';

/** Each runner tells of a session of its own node. */
const workSeen = (kit: MessageKit, from: 'runner' | 'runner2', rev: number | null = null): Forged => ({
  ...sessionSeen(kit, { from }),
  rev,
});

const trustRow = (rule: string, reason: string, state: 'rejected' | 'revoked'): RuleRow => ({
  rule,
  reason,
  given: async (kit) => {
    await trustRunner(kit, 'runner2', state);
    return { refused: workSeen(kit, 'runner2'), allowed: workSeen(kit, 'runner') };
  },
});
const TRUST: RuleRow[] = [
  {
    rule: 'somebody who left the graph, though their hello is known',
    reason: 'not_trusted',
    given: async (kit) => {
      for (const who of ['alice', 'bob'] as const)
        await kit.send({ type: 'user.hello', from: who, to: 'host', body: { name: who } });
      await nameUsers(kit, REVISION + 1, ['bob']);
      return { refused: ackBy('alice'), allowed: ackBy('bob') };
    },
  },
  {
    rule: 'somebody whom an invite let in and the graph does not name yet',
    reason: 'not_trusted',
    given: async (kit) => {
      await issueInvite(kit, uuidOf(301), 'user', 'mallory');
      const invite = inviteFor(kit, uuidOf(301), 'mallory', 'user', 'mallory');
      await kit.send({ type: 'user.hello', from: 'mallory', to: 'host', body: { name: 'mallory', invite } });
      return { refused: ackBy('mallory'), allowed: ackBy('alice') };
    },
  },
  {
    rule: 'a runner that nobody decided about',
    reason: 'not_trusted',
    start: startAfter((kit) => joinRunner(kit, 'runner', false)),
    given: async (kit) => ({
      refused: workSeen(kit, 'runner'),
      allowed: { type: 'runner.hello', from: 'runner', to: 'host', body: runnerHello('runner') },
    }),
  },
  trustRow('a runner that was refused', 'not_trusted', 'rejected'),
  trustRow('a runner that was revoked', 'revoked', 'revoked'),
];

const ROLES: RuleRow[] = [
  {
    rule: 'a node that says what only a person says',
    reason: 'wrong_role',
    given: async (kit) => {
      const { approval, subject, subjectDigest } = questionOf(kit, 1);
      const decision = { approval, subject, subjectDigest, decision: 'approved' as const };
      return {
        refused: { type: 'approval.response', from: 'node', to: 'node2', re: DIFF, body: decision },
        allowed: requestBy('node', 'node2'),
      };
    },
  },
  {
    rule: 'a peer of one node, to another node of the same runner',
    reason: 'unknown_signer',
    stranger: true,
    given: async () => ({ refused: requestBy('alice', 'sibling'), allowed: requestBy('alice') }),
  },
  {
    rule: 'a node that signs as a person',
    reason: 'kind_of_role',
    given: async () => ({
      refused: { ...requestBy('node', 'node2'), role: 'user' } as Forged,
      allowed: requestBy('node', 'node2'),
    }),
  },
  {
    rule: 'a person that signs as a node',
    reason: 'kind_of_role',
    given: async () => ({
      refused: { ...requestBy('alice'), role: 'node' } as Forged,
      allowed: requestBy('alice'),
    }),
  },
  {
    rule: 'a runner that signs as the Host',
    reason: 'kind_of_role',
    given: async (kit) => ({
      refused: { ...workSeen(kit, 'runner'), role: 'host' } as Forged,
      allowed: workSeen(kit, 'runner'),
    }),
  },
];

const cancel: Forged = {
  type: 'task.cancel',
  from: 'alice',
  to: 'node',
  body: { session: uuidOf(1), reason: 'no' },
};
const later = { n: KIT_EPOCH.n + 1, boot: 'b1'.repeat(16) };
const beat = (epoch: typeof KIT_EPOCH, to: Name = 'runner'): Forged => ({
  type: 'host.beat',
  from: 'host',
  to,
  epoch,
  body: { revision: REVISION, digest: null },
});
const KNOWN: RuleRow[] = [
  {
    rule: 'an answer to what was asked of another person',
    reason: 'not_asked',
    given: async (kit) => {
      const body = questionOf(kit, 1);
      const { id } = await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
      await kit.send({ type: 'approval.request', from: 'node', to: 'bob', body });
      const { approval, subject, subjectDigest } = body;
      const decided = { approval, subject, subjectDigest, decision: 'approved' as const };
      const by = (from: 'alice' | 'bob'): Forged => ({
        type: 'approval.response',
        from,
        to: 'node',
        re: id,
        body: decided,
      });
      return { refused: by('bob'), allowed: by('alice') };
    },
  },
  {
    rule: 'the end of what another node asked',
    reason: 'held: awaits_earlier',
    given: async (kit) => {
      await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
      const body = questionOf(kit, 1);
      const { id } = await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
      const { approval, session, subjectDigest } = body;
      const closed = { approval, session, subjectDigest, state: 'withdrawn' as const };
      const by = (from: 'node' | 'sibling'): Forged => ({
        type: 'approval.closed',
        from,
        to: 'alice',
        re: id,
        body: closed,
      });
      return { refused: by('sibling'), allowed: by('node') };
    },
  },
  {
    rule: 'work for a node in the millisecond in which its lease ends',
    reason: 'held: no_lease',
    given: async (kit) => {
      lease(kit, 'node', 1000);
      await kit.time.pass(1000);
      const renewed = async () => {
        lease(kit, 'node', 1);
        return requestBy('alice', 'node', 2);
      };
      return { refused: requestBy('alice'), allowed: renewed };
    },
  },
  {
    rule: 'work for a node that never had a lease',
    reason: 'held: no_lease',
    given: async (kit) => {
      await tellRoutes(kit, 'sibling', ['alice']);
      return { refused: requestBy('alice', 'sibling'), allowed: requestBy('alice') };
    },
  },
  {
    rule: 'a peer that knows a later revision than this participant',
    reason: 'held: revision_ahead',
    given: async () => ({
      refused: { ...cancel, rev: REVISION + 1 },
      allowed: { ...cancel, rev: REVISION },
    }),
  },
  {
    rule: 'a runner that knows a later revision than the Host',
    reason: 'held: revision_ahead',
    given: async (kit) => ({
      refused: workSeen(kit, 'runner', REVISION + 1),
      allowed: workSeen(kit, 'runner', REVISION),
    }),
  },
  {
    rule: 'control of an epoch before the one that is known',
    reason: 'stale_epoch',
    given: async () => ({
      refused: beat({ n: KIT_EPOCH.n - 1, boot: KIT_EPOCH.boot }),
      allowed: beat(KIT_EPOCH),
    }),
  },
  {
    rule: 'control of another boot of the known epoch',
    reason: 'host_conflict',
    given: async () => ({ refused: beat({ ...KIT_EPOCH, boot: later.boot }), allowed: beat(later) }),
  },
  {
    rule: 'a runner that claims a later epoch than the Host’s own',
    reason: 'held: epoch_ahead',
    given: async (kit) => ({
      refused: { ...workSeen(kit, 'runner'), epoch: later },
      allowed: { ...workSeen(kit, 'runner'), epoch: KIT_EPOCH },
    }),
  },
];

testRuleRows([...TRUST, ...ROLES, ...KNOWN]);

test('only the Host stops for another boot of its epoch: a runner refuses it and goes on', async () => {
  const kit = await introduced();
  const other = { ...KIT_EPOCH, boot: later.boot };
  expect(await kit.tell(beat(other))).toBe('host_conflict');
  expect(await kit.tell(beat(other, 'host'))).toBe('host_conflict');
  expect([kit.posts.runner.fenced, kit.posts.host.fenced]).toEqual([[], [KIT_EPOCH.n]]);
});

test.each([
  [
    'a signer who leaves',
    'unknown_signer',
    (kit: MessageKit) => sendRoutes(kit, routesOf(kit, 'node', [], 2)),
  ],
  [
    'a recipient that leaves',
    'wrong_role',
    async (kit: MessageKit) => kit.homes.runner.identities.delete(kit.who.node.pubkey),
  ],
] as const)('%s between the door and the ledger is nobody any more: %s', async (_who, reason, leave) => {
  const kit = await introduced();
  const { runner } = kit.homes;
  const { append } = runner.ledger;
  const { event, text } = kit.write(cancel);
  runner.ledger.append = async (build) => {
    runner.ledger.append = append;
    await leave(kit);
    return append(build);
  };
  expect(await kit.deliver(text, 'node', event.id)).toBe(reason);
});
