/** State rules of what runners observed, and of the evidence they embed: each refuses what no other rule does. */

import { expect } from 'vitest';
import { offerOf, questionOf, sessionSeen, taskOf } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit, Name } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { ENDING_OF } from '../../core/machines/approval.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { signEvent } from '../../core/nostr/event.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { DECISIONS, type Decision } from '../../core/vocabulary.ts';

/** The same node on the second runner too, under a later fence. */
const movedToRunner2 = (kit: MessageKit): Promise<SignedEvent> => {
  const body = { ...offerOf(kit, 'node', 2), assignment: uuidOf(150) };
  return kit.send({ type: 'assignment.offer', from: 'host', to: 'runner2', body });
};
type RunnerName = 'runner' | 'runner2';
const approvalSeen = (kit: MessageKit, evidence: SignedEvent[] = []): Forged => {
  const { approval, session, subjectDigest } = questionOf(kit, 1);
  const what = { operation: 'source.publish', state: 'pending' } as const;
  const body = { approval, session, subjectDigest, ...what, evidence };
  return { type: 'approval.observed', from: 'runner', to: 'host', body };
};
const artifactSeen = (from: RunnerName, changes: Partial<BodyOf<'artifact.observed'>> = {}): Forged => {
  const place = {
    repository: 'https://example.org/a.git',
    branch: 'a',
    commit: 'ab'.repeat(20),
    approval: null,
  };
  const body = {
    artifact: uuidOf(9),
    session: uuidOf(1),
    state: 'materialized' as const,
    ...place,
    ...changes,
  };
  return { type: 'artifact.observed', from, to: 'host', body };
};
const turnSeen = (from: RunnerName): Forged => {
  const ran = {
    turn: 1,
    status: 'done',
    exitCode: 0,
    engine: 'exec',
    sandbox: 'none',
    output: 'df'.repeat(32),
  } as const;
  return { type: 'turn.observed', from, to: 'host', body: { session: uuidOf(1), attempt: 1, ...ran } };
};
const conversationSeen = (from: RunnerName): Forged => {
  const exchange = { conversation: uuidOf(2), peer: 'node2', message: 'ab'.repeat(32) };
  const body = { session: uuidOf(1), move: 'opened', relation: 'delegates_to', ...exchange } as const;
  return { type: 'conversation.observed', from, to: 'host', body };
};
const recoverySeen = (from: RunnerName): Forged => {
  const body = { session: uuidOf(1), attempt: 1, turn: 1, kind: 'turn_repeated' } as const;
  return { type: 'recovery.observed', from, to: 'host', body };
};
const sourceSeen = (from: RunnerName): Forged => {
  const at = { repository: 'https://example.org/a.git', branch: 'main' };
  const commits = { base: 'ab'.repeat(20), head: 'ab'.repeat(20) };
  const body = { session: uuidOf(1), attempt: 1, turn: 1, ...at, ...commits };
  return { type: 'source.observed', from, to: 'host', body };
};
const waitingSeen = (from: RunnerName): Forged => {
  const body = { session: uuidOf(1), attempt: 1, n: 1, unreached: [] };
  return { type: 'waiting.observed', from, to: 'host', body };
};
/** The runner told of the session before. */
const told = async (kit: MessageKit): Promise<void> => {
  expect(await kit.tell(sessionSeen(kit))).toBe('accepted');
};
/** Both runners have told of it: the node moved between two attempts. */
const toldByBoth = async (kit: MessageKit): Promise<void> => {
  await told(kit);
  await movedToRunner2(kit);
  expect(await kit.tell({ ...sessionSeen(kit, { attempt: 2, asked: 'sibling' }), from: 'runner2' })).toBe(
    'accepted',
  );
};
/** What a runner may say only of a session that it told of. */
const OF_SESSIONS = {
  'turn.observed': (_kit: MessageKit, from: RunnerName) => turnSeen(from),
  'approval.observed': (kit: MessageKit, from: RunnerName) => ({ ...approvalSeen(kit), from }) as Forged,
  'artifact.observed': (_kit: MessageKit, from: RunnerName) => artifactSeen(from),
  'conversation.observed': (_kit: MessageKit, from: RunnerName) => conversationSeen(from),
  'recovery.observed': (_kit: MessageKit, from: RunnerName) => recoverySeen(from),
  'source.observed': (_kit: MessageKit, from: RunnerName) => sourceSeen(from),
  'waiting.observed': (_kit: MessageKit, from: RunnerName) => waitingSeen(from),
};

const ofSession = (type: keyof typeof OF_SESSIONS): RuleRow[] => [
  {
    rule: `T115 ${type}: about a session of a node that never ran on that runner`,
    reason: 'not_yours',
    given: async (kit) => {
      await told(kit);
      return { refused: OF_SESSIONS[type](kit, 'runner2'), allowed: OF_SESSIONS[type](kit, 'runner') };
    },
  },
  {
    rule: `T115 ${type}: before the runner told of the session, whatever others it told of`,
    reason: 'held: awaits_session',
    given: async (kit) => {
      expect(await kit.tell(sessionSeen(kit, { n: 2 }))).toBe('accepted');
      return {
        refused: OF_SESSIONS[type](kit, 'runner'),
        allowed: async () => {
          await told(kit);
          return OF_SESSIONS[type](kit, 'runner');
        },
      };
    },
  },
];

const OBSERVED: RuleRow[] = [
  {
    rule: 'session.observed: of a node that never ran on that runner',
    reason: 'not_assigned',
    given: async (kit) => ({ refused: { ...sessionSeen(kit), from: 'runner2' }, allowed: sessionSeen(kit) }),
  },
  {
    rule: 'session.observed: of a node that never ran there, whatever others told of their sessions',
    reason: 'not_assigned',
    given: async (kit) => {
      await told(kit);
      const seen = (node: 'node' | 'node2') => sessionSeen(kit, { n: 2, from: 'runner2', node });
      return { refused: seen('node'), allowed: seen('node2') };
    },
  },
  {
    rule: 'session.observed: of a node that the runner refused to take',
    reason: 'not_assigned',
    given: async (kit) => {
      const { id } = await movedToRunner2(kit);
      const { assignment, fence } = { ...offerOf(kit, 'node', 2), assignment: uuidOf(150) };
      const body = { assignment, fence, reason: 'no_room' };
      await kit.send({ type: 'assignment.reject', from: 'runner2', to: 'host', re: id, body });
      return { refused: { ...sessionSeen(kit), from: 'runner2' }, allowed: sessionSeen(kit) };
    },
  },
  {
    rule: 'session.observed: by another runner than the first of that attempt',
    reason: 'not_yours',
    given: async (kit) => {
      await movedToRunner2(kit);
      await told(kit);
      const { body, ...seen } = sessionSeen(kit);
      expect(await kit.tell({ ...seen, body: { ...body, step: 2, state: 'active' } })).toBe('accepted');
      const again = (attempt: number): Forged => ({
        ...sessionSeen(kit, { attempt, asked: 'sibling' }),
        from: 'runner2',
      });
      return { refused: again(1), allowed: again(2) };
    },
  },
  {
    rule: 'session.observed: of a session that another node has',
    reason: 'not_yours',
    given: async (kit) => {
      await told(kit);
      const seen = (n: number) => sessionSeen(kit, { n, attempt: 2, from: 'runner2' });
      return { refused: seen(1), allowed: seen(2) };
    },
  },
  {
    rule: 'approval.observed: by another runner than the first',
    reason: 'not_yours',
    given: async (kit) => {
      await toldByBoth(kit);
      expect(await kit.tell(approvalSeen(kit))).toBe('accepted');
      return { refused: { ...approvalSeen(kit), from: 'runner2' }, allowed: approvalSeen(kit) };
    },
  },
  ...(['session', 'subjectDigest', 'operation'] as const).map(
    (member): RuleRow => ({
      rule: `approval.observed: another ${member} under the id that was told`,
      reason: 'wrong_subject',
      given: async (kit) => {
        await told(kit);
        const { body, ...seen } = approvalSeen(kit) as Forged<'approval.observed'>;
        expect(await kit.tell({ ...seen, body })).toBe('accepted');
        const others = {
          session: uuidOf(2),
          subjectDigest: 'cd'.repeat(32),
          operation: 'command.run',
        } as const;
        const changed = { ...body, [member]: others[member] };
        return { refused: { ...seen, body: changed }, allowed: { ...seen, body } };
      },
    }),
  ),
  {
    rule: 'artifact.observed: by another runner than the first',
    reason: 'not_yours',
    given: async (kit) => {
      await toldByBoth(kit);
      expect(await kit.tell(artifactSeen('runner'))).toBe('accepted');
      return { refused: artifactSeen('runner2'), allowed: artifactSeen('runner') };
    },
  },
  {
    rule: 'T115 artifact.observed: published by the approval of another session',
    reason: 'wrong_subject',
    given: async (kit) => {
      await told(kit);
      expect(await kit.tell(approvalSeen(kit))).toBe('accepted');
      const { approval } = questionOf(kit, 1);
      const other = { session: uuidOf(2), approval };
      return { refused: artifactSeen('runner', other), allowed: artifactSeen('runner', { approval }) };
    },
  },
  {
    rule: 'T49 artifact.observed: published by the approval of a command',
    reason: 'wrong_subject',
    given: async (kit) => {
      await told(kit);
      const { body, ...seen } = approvalSeen(kit) as Forged<'approval.observed'>;
      expect(await kit.tell({ ...seen, body: { ...body, operation: 'command.run' } })).toBe('accepted');
      const { approval } = questionOf(kit, 1);
      return { refused: artifactSeen('runner', { approval }), allowed: artifactSeen('runner') };
    },
  },
  ...(['turn.observed', 'approval.observed', 'artifact.observed'] as const).flatMap(ofSession),
  ...(['conversation.observed', 'recovery.observed', 'source.observed'] as const).flatMap(ofSession),
  ...(['waiting.observed'] as const).flatMap(ofSession),
];

/** Evidence of one person and one node about the session and the approval of these rows. */
const requestBy = (kit: MessageKit, from: Name, n = 1, attempt = 1) =>
  kit.compose({ type: 'task.request', from, to: 'node', body: taskOf(n, attempt) });
const questionBy = (kit: MessageKit, from: Name, n = 1) =>
  kit.compose({ type: 'approval.request', from, to: 'alice', body: questionOf(kit, n) });
const resultBy = (kit: MessageKit, from: Name, state: 'completed' | 'failed' = 'completed') => {
  const body = { session: uuidOf(1), attempt: 1, step: 1, state };
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
    const observe = (kit: MessageKit, all: SignedEvent[]) =>
      seen === 'session' ? sessionSeen(kit, {}, all) : approvalSeen(kit, all);
    const genuine = (kit: MessageKit) => [
      ...(seen === 'session' ? [requestBy(kit, 'alice')] : []),
      ...(seen === 'approval' ? [questionBy(kit, 'node')] : []),
    ];
    return {
      rule: `${seen}.observed: evidence ${rule}`,
      reason: 'bad_evidence',
      given: async (kit) => {
        if (seen === 'approval') await told(kit);
        return {
          refused: observe(kit, [...genuine(kit), evidence(kit, seen)]),
          allowed: observe(kit, genuine(kit)),
        };
      },
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
    await told(kit);
    const { subject } = questionOf(kit, 1, { commit: 'cd'.repeat(20) });
    const body = { ...questionOf(kit, 1), subject };
    const split = kit.compose({ type: 'approval.request', from: 'node', to: 'alice', body });
    return { refused: approvalSeen(kit, [split]), allowed: approvalSeen(kit, [questionBy(kit, 'node')]) };
  },
};

/** What is told under a genuine signature of something else. */
const ANOTHER: RuleRow[] = (['operation', 'session'] as const).map((part) => ({
  rule: `T49 approval.observed: a decision that was signed of another ${part}`,
  reason: 'bad_evidence',
  given: async (kit) => {
    await told(kit);
    expect(await kit.tell(sessionSeen(kit, { n: 2 }))).toBe('accepted');
    const { body, ...seen } = approvalSeen(kit) as Forged<'approval.observed'>;
    const evidence = [decisionBy(kit, 'alice', 'approved')] as never;
    const approved = { ...body, state: 'approved' as const, evidence };
    const other = part === 'operation' ? { operation: 'command.run' as const } : { session: uuidOf(2) };
    return { refused: { ...seen, body: { ...approved, ...other } }, allowed: { ...seen, body: approved } };
  },
}));

/** A decision of the persons who were asked, as the runner embeds it. */
const decisionBy = (kit: MessageKit, from: 'alice' | 'bob', decision: Decision, n = 1) => {
  const { approval, subject, subjectDigest } = questionOf(kit, n);
  const body = { approval, subject, subjectDigest, decision };
  return kit.compose({ type: 'approval.response', from, to: 'node', re: 'ab'.repeat(32), body });
};
const decidedRow = (
  rule: string,
  decision: Decision,
  evidence: (kit: MessageKit) => SignedEvent[],
): RuleRow => ({
  rule: `T115 approval.observed: ${decision}, and ${rule}`,
  reason: 'bad_evidence',
  given: async (kit) => {
    await told(kit);
    const { body, ...seen } = approvalSeen(kit) as Forged<'approval.observed'>;
    const says = (given: SignedEvent[]): Forged => ({
      ...seen,
      body: { ...body, state: ENDING_OF[decision], evidence: given as never },
    });
    return { refused: says(evidence(kit)), allowed: says([decisionBy(kit, 'alice', decision)]) };
  },
});
const DECIDED: RuleRow[] = DECISIONS.flatMap((decision) => {
  const opposite = decision === 'approved' ? 'rejected' : 'approved';
  return [
    decidedRow('nobody signed it', decision, () => []),
    decidedRow('the question alone says so', decision, (kit) => [questionBy(kit, 'node')]),
    decidedRow('who was asked said the opposite', decision, (kit) => [decisionBy(kit, 'alice', opposite)]),
    decidedRow('it was another one that was decided', decision, (kit) => [
      decisionBy(kit, 'alice', decision, 2),
    ]),
  ];
});
/** Evidence that is genuine, about the session, and says another thing than the runner. */
const CONTRADICTED: RuleRow[] = [
  ['a request by another person than it names', (kit: MessageKit) => requestBy(kit, 'bob')] as const,
  ['a request of another attempt', (kit: MessageKit) => requestBy(kit, 'alice', 1, 2)] as const,
  ['a result of another state', (kit: MessageKit) => resultBy(kit, 'node')] as const,
].map(
  ([rule, evidence]): RuleRow => ({
    rule: `T115 session.observed: evidence is ${rule}`,
    reason: 'bad_evidence',
    given: async (kit) => ({
      refused: sessionSeen(kit, {}, [requestBy(kit, 'alice'), evidence(kit)]),
      allowed: sessionSeen(kit),
    }),
  }),
);

/** A runner tells of an end and shows what the node signed of it. */
const ENDED: RuleRow = {
  rule: 'T115 session.observed: completed, where the evidence of it says failed',
  reason: 'bad_evidence',
  given: async (kit) => {
    const { body, ...seen } = sessionSeen(kit);
    const completed = (evidence: SignedEvent): Forged => ({
      ...seen,
      body: { ...body, state: 'completed', evidence: [requestBy(kit, 'alice'), evidence] as never },
    });
    return {
      refused: completed(resultBy(kit, 'node', 'failed')),
      allowed: completed(resultBy(kit, 'node')),
    };
  },
};

/** Evidence of the node that has all members of the right one, and is another thing. */
const LOOKALIKES: RuleRow[] = [
  [
    'session',
    'a move that is not among what is embedded',
    (kit: MessageKit) => {
      const body = { session: uuidOf(1), attempt: 1, step: 1, state: 'accepted' as const };
      return kit.compose({ type: 'task.accept', from: 'node', to: 'alice', re: 'ab'.repeat(32), body });
    },
  ] as const,
  [
    'session',
    'an event without a type',
    (kit: MessageKit) => {
      const genuine = requestBy(kit, 'alice');
      return resigned(kit, { ...genuine, tags: genuine.tags.filter(([name]) => name !== 'type') }, 'alice');
    },
  ] as const,
  [
    'approval',
    'another approval with the subject of this one',
    (kit: MessageKit) => {
      const body = { ...questionOf(kit, 1), approval: uuidOf(77) };
      return kit.compose({ type: 'approval.request', from: 'node', to: 'alice', body });
    },
  ] as const,
  [
    'approval',
    'this approval with another subject',
    (kit: MessageKit) => {
      const body = questionOf(kit, 1, { commit: 'cd'.repeat(20) });
      return kit.compose({ type: 'approval.request', from: 'node', to: 'alice', body });
    },
  ] as const,
].map(
  ([seen, rule, evidence]): RuleRow => ({
    rule: `T115 ${seen}.observed: evidence is ${rule}`,
    reason: 'bad_evidence',
    given: async (kit) => {
      if (seen === 'approval') await told(kit);
      const observe = (kit: MessageKit, all: SignedEvent[]) =>
        seen === 'session' ? sessionSeen(kit, {}, all) : approvalSeen(kit, all);
      const genuine = seen === 'session' ? requestBy(kit, 'alice') : questionBy(kit, 'node');
      return { refused: observe(kit, [genuine, evidence(kit)]), allowed: observe(kit, [genuine]) };
    },
  }),
);

testRuleRows([
  ENDED,
  ...LOOKALIKES,
  ...OBSERVED,
  ...EVIDENCE,
  SPLIT,
  ...ANOTHER,
  ...DECIDED,
  ...CONTRADICTED,
]);
