/** State rules of what runners observed, and of the evidence they embed: each refuses what no other rule does. */
import { expect } from 'vitest';
import { offerOf, questionOf, taskOf } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit, Name } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { signEvent } from '../../core/nostr/event.ts';

/** The same node on the second runner too, under a later fence. */
const movedToRunner2 = async (kit: MessageKit): Promise<void> => {
  const body = { ...offerOf(kit, 'node', 2), assignment: uuidOf(150) };
  await kit.send({ type: 'assignment.offer', from: 'host', to: 'runner2', body });
};
type RunnerName = 'runner' | 'runner2';
const sessionSeen = (kit: MessageKit, evidence: SignedEvent[] = [], attempt = 1): Forged => {
  const requester = kit.who.alice.pubkey;
  const move = { session: uuidOf(1), attempt, step: 1, state: 'accepted' as const };
  return {
    type: 'session.observed',
    from: 'runner',
    to: 'host',
    body: { ...move, node: 'node', requester, evidence },
  };
};
const approvalSeen = (kit: MessageKit, evidence: SignedEvent[] = []): Forged => {
  const { approval, session, subjectDigest } = questionOf(kit, 1);
  const body = { approval, session, subjectDigest, state: 'pending' as const, evidence };
  return { type: 'approval.observed', from: 'runner', to: 'host', body };
};
const artifactSeen = (from: RunnerName): Forged => {
  const place = {
    repository: 'https://example.org/a.git',
    branch: 'a',
    commit: 'ab'.repeat(20),
    approval: null,
  };
  const body = { artifact: uuidOf(9), session: uuidOf(1), state: 'materialized' as const, ...place };
  return { type: 'artifact.observed', from, to: 'host', body };
};

const OBSERVED: RuleRow[] = [
  {
    rule: 'session.observed: of a node that never ran on that runner',
    reason: 'not_assigned',
    given: async (kit) => ({ refused: { ...sessionSeen(kit), from: 'runner2' }, allowed: sessionSeen(kit) }),
  },
  {
    rule: 'session.observed: by another runner than the first of that attempt',
    reason: 'not_yours',
    given: async (kit) => {
      await movedToRunner2(kit);
      expect(await kit.tell(sessionSeen(kit))).toBe('accepted');
      const again = (attempt: number): Forged => ({ ...sessionSeen(kit, [], attempt), from: 'runner2' });
      return { refused: again(1), allowed: again(2) };
    },
  },
  {
    rule: 'approval.observed: by another runner than the first',
    reason: 'not_yours',
    given: async (kit) => {
      expect(await kit.tell(approvalSeen(kit))).toBe('accepted');
      return { refused: { ...approvalSeen(kit), from: 'runner2' }, allowed: approvalSeen(kit) };
    },
  },
  {
    rule: 'artifact.observed: by another runner than the first',
    reason: 'not_yours',
    given: async (kit) => {
      expect(await kit.tell(artifactSeen('runner'))).toBe('accepted');
      return { refused: artifactSeen('runner2'), allowed: artifactSeen('runner') };
    },
  },
];

/** Evidence of one person and one node about the session and the approval of these rows. */
const requestBy = (kit: MessageKit, from: Name, n = 1) =>
  kit.compose({ type: 'task.request', from, to: 'node', body: taskOf(n) });
const questionBy = (kit: MessageKit, from: Name, n = 1) =>
  kit.compose({ type: 'approval.request', from, to: 'alice', body: questionOf(kit, n) });
const resultBy = (kit: MessageKit, from: Name) => {
  const body = { session: uuidOf(1), attempt: 1, step: 1, state: 'completed' as const };
  return kit.compose({ type: 'task.result', from, to: 'node', body });
};
const cancelBy = (kit: MessageKit, from: Name) =>
  kit.compose({ type: 'task.cancel', from, to: 'node', body: { session: uuidOf(1), reason: 'no' } });
const forged = (event: SignedEvent): SignedEvent => ({
  ...event,
  sig: event.sig.replace(/^../, (two) => (two === '00' ? '01' : '00')),
});
/** The event, its kind and all, signed by a key that the Host met in another role. */
const resigned = (kit: MessageKit, { kind, created_at, tags, content }: SignedEvent, by: Name): SignedEvent =>
  signEvent(
    kit.homes.host.suite,
    { kind, created_at, tags: tags.map((tag) => [...tag]), content },
    kit.who[by].secretKey,
    new Uint8Array(32),
  );
const closedBy = (kit: MessageKit, from: Name) => {
  const { approval, session, subjectDigest } = questionOf(kit, 1);
  const body = { approval, session, subjectDigest, state: 'approved' as const };
  return kit.compose({ type: 'approval.closed', from, to: 'alice', body });
};

const evidenceRows = (
  rule: string,
  evidence: (kit: MessageKit, seen: 'session' | 'approval') => SignedEvent,
) =>
  (['session', 'approval'] as const).map((seen): RuleRow => {
    const observe = seen === 'session' ? sessionSeen : approvalSeen;
    const genuine = (kit: MessageKit) => [
      ...(seen === 'session' ? [requestBy(kit, 'alice')] : []),
      ...(seen === 'approval' ? [questionBy(kit, 'node')] : []),
    ];
    return {
      rule: `${seen}.observed: evidence ${rule}`,
      reason: 'bad_evidence',
      given: async (kit) => ({
        refused: observe(kit, [...genuine(kit), evidence(kit, seen)]),
        allowed: observe(kit, genuine(kit)),
      }),
    };
  });
const EVIDENCE: RuleRow[] = [
  ...evidenceRows('about another subject', (kit, seen) =>
    seen === 'session' ? requestBy(kit, 'alice', 2) : questionBy(kit, 'node', 2),
  ),
  ...evidenceRows('by a key that nobody knows', (kit, seen) =>
    seen === 'session' ? requestBy(kit, 'mallory') : questionBy(kit, 'sibling'),
  ),
  ...evidenceRows('by a key of another role', (kit, seen) =>
    seen === 'session'
      ? resigned(kit, requestBy(kit, 'alice'), 'node')
      : resigned(kit, questionBy(kit, 'node'), 'alice'),
  ),
  ...evidenceRows('by a known key whose role never says such a thing', (kit, seen) =>
    seen === 'session' ? resultBy(kit, 'alice') : questionBy(kit, 'bob'),
  ),
  ...evidenceRows('with a forged signature', (kit, seen) =>
    forged(seen === 'session' ? requestBy(kit, 'alice') : questionBy(kit, 'node')),
  ),
  ...evidenceRows('of a type that is none', (kit, seen) =>
    seen === 'session' ? cancelBy(kit, 'alice') : closedBy(kit, 'node'),
  ),
];

/** A question whose digest is of another subject than the one beside it. */
const SPLIT: RuleRow = {
  rule: 'approval.observed: evidence that shows another subject than its digest is of',
  reason: 'bad_evidence',
  given: async (kit) => {
    const { subject } = questionOf(kit, 1, { commit: 'cd'.repeat(20) });
    const body = { ...questionOf(kit, 1), subject };
    const split = kit.compose({ type: 'approval.request', from: 'node', to: 'alice', body });
    return { refused: approvalSeen(kit, [split]), allowed: approvalSeen(kit, [questionBy(kit, 'node')]) };
  },
};

testRuleRows([...OBSERVED, ...EVIDENCE, SPLIT]);
