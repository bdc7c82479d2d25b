/** State rules of what people and nodes say to each other: each refuses what no other rule does. */

import { expect } from 'vitest';
import {
  joinRunner,
  questionOf,
  runnerHello,
  startAfter,
  taskOf,
  tellRoutes,
  trustedRunners,
  trustRunner,
  withSibling,
} from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { publishSubjectOf } from '../../../test/support/published.ts';
import { sshsigBy, testSshKey } from '../../../test/support/ssh-token.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { approvalLine } from '../../core/evidence/touch.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { nowSeconds } from './home.ts';
import { streamOf } from './send.ts';

const tracedOf = (n: number, attempt = 1) => ({
  ...{ session: uuidOf(n), attempt, turn: 1, run: 'ab'.repeat(8) },
  ...{ at: 0, bytes: 2, text: 'hi' },
});
const other = (hex: string): string => (hex.startsWith('0') ? '1' : '0') + hex.slice(1);

const HELLOS: RuleRow[] = [
  {
    rule: 'runner.hello: the twenty-first of a runner that nobody trusted yet',
    reason: 'too_many_hellos',
    start: startAfter((kit) => joinRunner(kit, 'runner', false)),
    given: async (kit) => {
      const hello: Forged = { type: 'runner.hello', from: 'runner', to: 'host', body: runnerHello('runner') };
      for (let n = 2; n <= 20; n++) expect(await kit.tell(hello)).toBe('accepted');
      const trusted = async () => {
        await trustRunner(kit, 'runner', 'trusted');
        return hello;
      };
      return { refused: hello, allowed: trusted };
    },
  },
  {
    rule: 'runner.goodbye: of another home than the one that joined last with this key',
    reason: 'old_home',
    start: trustedRunners,
    given: async (kit) => {
      const goodbye: Forged = { type: 'runner.goodbye', from: 'runner', to: 'host', body: {} };
      const { runner } = kit.homes;
      // The old one may have said hello again since, as it does when its version is another
      const hello: Forged = { ...goodbye, type: 'runner.hello', body: runnerHello('runner') };
      expect(await kit.tell(hello)).toBe('accepted');
      return {
        refused: goodbye,
        allowed: { ...goodbye, stream: streamOf(runner, runner.self.pubkey), n: 9 },
      };
    },
  },
];

const fileOf = (name: string) => ({ name, size: 0, sha256: '0a'.repeat(32), blobs: [] });
const printedIn = (attempt: number) => ({
  ...{ attempt, turn: 1, sha256: '0b'.repeat(32), size: 1, blobs: ['0b'.repeat(32)] },
});
const waitingOf = (from: 'node' | 'sibling', session: number, re: string, more = {}): Forged => {
  const body = { session: uuidOf(session), attempt: 1, n: 1, unreached: [], ...more };
  return { type: 'task.waiting', from, to: 'alice', re, body };
};
const AWAY = { node: 'builder', name: 'bob', ask: 'approval', since: 1 } as const;
const withHander = (kit: MessageKit) => tellRoutes(kit, 'node', ['alice', 'bob', 'node2'], 2);
const TASKS: RuleRow[] = [
  {
    rule: 'task.request: with files that cannot go together',
    reason: 'bad_attachment',
    given: async () => {
      const request = { type: 'task.request', from: 'alice', to: 'node' } as const;
      return {
        refused: { ...request, body: { ...taskOf(1), attached: [fileOf('../a')] } },
        allowed: { ...request, body: { ...taskOf(2), attached: [fileOf('a')] } },
      };
    },
  },
  ...(['task.update', 'task.result'] as const).map(
    (type): RuleRow => ({
      rule: `${type}: with what a turn of another attempt printed`,
      reason: 'wrong_subject',
      given: async (kit) => {
        const asked = { type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) } as const;
        const { id: re } = await kit.send(asked);
        const saysOf = (attempt: number): Forged => {
          const move = { session: uuidOf(1), attempt: 1, step: 1, state: 'active' as const };
          return { type, from: 'node', to: 'alice', re, body: { ...move, transcript: printedIn(attempt) } };
        };
        return { refused: saysOf(2), allowed: saysOf(1) };
      },
    }),
  ),
  {
    rule: 'task.request: of a session that somebody else began',
    reason: 'session_taken',
    given: async (kit) => {
      const request = { type: 'task.request', to: 'node' } as const;
      expect(await kit.tell({ ...request, from: 'alice', body: taskOf(1) })).toBe('accepted');
      return {
        refused: { ...request, from: 'bob', body: taskOf(1, 2) },
        allowed: { ...request, from: 'alice', body: taskOf(1, 2) },
      };
    },
  },
  ...(['task.handoff', 'task.escalate'] as const).flatMap((type): RuleRow[] => {
    const given = { type, from: 'node2', to: 'node' } as const;
    return [
      {
        rule: `${type}: with files that cannot go together`,
        reason: 'bad_attachment',
        given: async (kit) => {
          await withHander(kit);
          return {
            refused: { ...given, body: { ...taskOf(1), attached: [fileOf('../a')] } },
            allowed: { ...given, body: { ...taskOf(2), attached: [fileOf('a')] } },
          };
        },
      },
      {
        rule: `T131 T147 ${type}: of a session that somebody else began`,
        reason: 'session_taken',
        given: async (kit) => {
          await withHander(kit);
          await kit.tell({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
          return { refused: { ...given, body: taskOf(1, 2) }, allowed: { ...given, body: taskOf(2) } };
        },
      },
    ];
  }),
  {
    rule: 'task.request: an attempt that another node here was asked for',
    reason: 'session_taken',
    given: async (kit) => {
      await withSibling(kit);
      const request = { type: 'task.request', from: 'alice' } as const;
      expect(await kit.tell({ ...request, to: 'node', body: taskOf(1) })).toBe('accepted');
      return {
        refused: { ...request, to: 'sibling', body: taskOf(1) },
        allowed: { ...request, to: 'sibling', body: taskOf(1, 2) },
      };
    },
  },
  ...(['task.accept', 'task.update', 'task.result'] as const).map(
    (type): RuleRow => ({
      rule: `${type}: of a session that nobody here began`,
      reason: 'no_session',
      given: async (kit) => {
        const request = await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
        const moveOf = (n: number): Forged => {
          const body = { session: uuidOf(n), attempt: 1, step: 1, state: 'accepted' as const };
          return { type, from: 'node', to: 'alice', re: request.id, body };
        };
        return { refused: moveOf(2), allowed: moveOf(1) };
      },
    }),
  ),
  {
    rule: 'task.waiting: of a session that nobody here began',
    reason: 'no_session',
    given: async (kit) => {
      const { id: re } = await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      return { refused: waitingOf('node', 2, re), allowed: waitingOf('node', 1, re) };
    },
  },
  {
    rule: 'T115 task.waiting: of a session that was given to another node',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      const asked = { type: 'task.request', from: 'alice', to: 'sibling', body: taskOf(2) } as const;
      const { id: re } = await kit.send(asked);
      return { refused: waitingOf('sibling', 1, re), allowed: waitingOf('sibling', 2, re) };
    },
  },
  {
    rule: 'task.waiting: of an attempt that was not asked of it',
    reason: 'not_yours',
    given: async (kit) => {
      const { id: re } = await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      return { refused: waitingOf('node', 1, re, { attempt: 2 }), allowed: waitingOf('node', 1, re) };
    },
  },
  {
    rule: 'task.waiting: under a number that was said, or passed over, with nothing left between',
    reason: 'already_told',
    given: async (kit) => {
      const { id: re } = await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      for (const n of [1, 3]) await kit.send(waitingOf('node', 1, re, { n }));
      await kit.send(waitingOf('node', 1, re, { n: 2 }));
      return {
        refused: waitingOf('node', 1, re, { n: 3, unreached: [AWAY] }),
        allowed: waitingOf('node', 1, re, { n: 4 }),
      };
    },
  },
  {
    rule: 'T115 turn.trace: of a session that nobody here began',
    reason: 'no_session',
    given: async (kit) => {
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      const traceOf = (n: number): Forged => {
        return { type: 'turn.trace', from: 'node', to: 'alice', body: tracedOf(n) };
      };
      return { refused: traceOf(2), allowed: traceOf(1) };
    },
  },
  {
    rule: 'T115 turn.trace: of an attempt that was not asked of this key',
    reason: 'not_yours',
    given: async (kit) => {
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      const traceOf = (attempt: number): Forged => {
        return { type: 'turn.trace', from: 'node', to: 'alice', body: tracedOf(1, attempt) };
      };
      return { refused: traceOf(2), allowed: traceOf(1) };
    },
  },
  {
    rule: 'artifact.ref: by another node than the first',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      const place = { repository: 'r', branch: 'a', commit: 'ab'.repeat(20), approval: null };
      const artifact = (from: 'node' | 'sibling'): Forged => {
        const body = { artifact: uuidOf(9), session: uuidOf(1), ...place };
        return { type: 'artifact.ref', from, to: 'alice', body };
      };
      for (const [i, to] of (['node', 'sibling'] as const).entries())
        await kit.send({ type: 'task.request', from: 'alice', to, body: taskOf(1, i + 1) });
      expect(await kit.tell(artifact('node'))).toBe('accepted');
      return { refused: artifact('sibling'), allowed: artifact('node') };
    },
  },
  ...(['task.accept', 'task.update', 'task.result', 'artifact.ref'] as const).map(
    (type): RuleRow => ({
      rule: `T115 ${type}: of a session that was given to another node`,
      reason: 'not_yours',
      given: async (kit) => {
        await withSibling(kit);
        const ask = (to: 'node' | 'sibling', n: number) =>
          kit.send({ type: 'task.request', from: 'alice', to, body: taskOf(n) });
        await ask('node', 1);
        const { id: re } = await ask('sibling', 2);
        const saysOf = (n: number): Forged => {
          const move = { session: uuidOf(n), attempt: 1, step: 1, state: 'accepted' as const };
          const place = { repository: 'r', branch: 'a', commit: 'ab'.repeat(20), approval: null };
          if (type !== 'artifact.ref') return { type, from: 'sibling', to: 'alice', re, body: move };
          const body = { artifact: uuidOf(90 + n), session: uuidOf(n), ...place };
          return { type, from: 'sibling', to: 'alice', body };
        };
        return { refused: saysOf(1), allowed: saysOf(2) };
      },
    }),
  ),
  {
    rule: 'T115 artifact.ref: of a session that nobody here began',
    reason: 'no_session',
    given: async (kit) => {
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      const place = { repository: 'r', branch: 'a', commit: 'ab'.repeat(20), approval: null };
      const artifact = (n: number): Forged => {
        const body = { artifact: uuidOf(90 + n), session: uuidOf(n), ...place };
        return { type: 'artifact.ref', from: 'node', to: 'alice', body };
      };
      return { refused: artifact(2), allowed: artifact(1) };
    },
  },
  {
    rule: 'T115 artifact.ref: published by the approval of another session',
    reason: 'wrong_subject',
    given: async (kit) => {
      for (const n of [1, 2])
        await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(n) });
      const { approval, subject } = questionOf(kit, 1);
      expect(await kit.tell(question(questionOf(kit, 1)))).toBe('accepted');
      const place = { ...placeOf(subject), approval };
      const artifact = (n: number): Forged => {
        const body = { artifact: uuidOf(90 + n), session: uuidOf(n), ...place };
        return { type: 'artifact.ref', from: 'node', to: 'alice', body };
      };
      return { refused: artifact(2), allowed: artifact(1) };
    },
  },
  ...(['repository', 'branch', 'commit'] as const).map(
    (part): RuleRow => ({
      rule: `T115 artifact.ref: published by an approval of another ${part}`,
      reason: 'wrong_subject',
      given: async (kit) => {
        await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
        const { approval, subject } = questionOf(kit, 1);
        expect(await kit.tell(question(questionOf(kit, 1)))).toBe('accepted');
        const artifact = (other: Partial<ReturnType<typeof placeOf>>): Forged => {
          const body = { artifact: uuidOf(91), session: uuidOf(1), approval, ...placeOf(subject), ...other };
          return { type: 'artifact.ref', from: 'node', to: 'alice', body };
        };
        const refused = artifact({ [part]: part === 'commit' ? 'ef'.repeat(20) : 'other' });
        return { refused, allowed: artifact({}) };
      },
    }),
  ),
];
const placeOf = (subject: Question['subject']) => {
  const { remote, ref, commit } = publishSubjectOf(subject);
  return { repository: remote, branch: ref.replace('refs/heads/', ''), commit };
};

type Question = BodyOf<'approval.request'>;
const question = (body: Question, from: 'node' | 'sibling' = 'node'): Forged => ({
  type: 'approval.request',
  from,
  to: 'alice',
  body,
});
const questionRow = (rule: string, bodyOf: (kit: MessageKit) => Question): RuleRow => ({
  rule: `approval.request: ${rule}`,
  reason: 'wrong_subject',
  given: async (kit) => ({ refused: question(bodyOf(kit)), allowed: question(questionOf(kit, 1)) }),
});
const QUESTIONS: RuleRow[] = [
  questionRow('a digest that is not its subject’s', (kit) => ({
    ...questionOf(kit, 1),
    subjectDigest: other(questionOf(kit, 1).subjectDigest),
  })),
  questionRow('a subject of another federation', (kit) =>
    questionOf(kit, 1, { graph: `${kit.who.bob.pubkey}/acme` }),
  ),
  questionRow('a subject of another session', (kit) => questionOf(kit, 1, { session: uuidOf(2) })),
  questionRow('a subject of another approval', (kit) => questionOf(kit, 1, { approval: uuidOf(2) })),
  {
    rule: 'approval.request: with files that cannot go together',
    reason: 'bad_attachment',
    given: async (kit) => {
      const of = (n: number, name: string) => ({ ...questionOf(kit, n), attached: [fileOf(name)] });
      return { refused: question(of(1, '../a')), allowed: question(of(2, 'a')) };
    },
  },
  {
    rule: 'approval.request: with what a turn of another attempt printed',
    reason: 'wrong_subject',
    given: async (kit) => {
      const of = (n: number, attempt: number) => ({ ...questionOf(kit, n), transcript: printedIn(attempt) });
      const { subject } = questionOf(kit, 1);
      return { refused: question(of(1, subject.attempt + 1)), allowed: question(of(2, subject.attempt)) };
    },
  },
  {
    rule: 'approval.request: another subject under the id that was shown',
    reason: 'wrong_subject',
    given: async (kit) => {
      const first = questionOf(kit, 1);
      expect(await kit.tell(question(first))).toBe('accepted');
      return { refused: question(questionOf(kit, 1, { commit: 'cd'.repeat(20) })), allowed: question(first) };
    },
  },
  {
    rule: 'approval.request: by another node than the one that asked under this id',
    reason: 'wrong_subject',
    given: async (kit) => {
      await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
      const first = questionOf(kit, 1);
      expect(await kit.tell(question(first))).toBe('accepted');
      return { refused: question(first, 'sibling'), allowed: question(questionOf(kit, 2), 'sibling') };
    },
  },
  {
    rule: 'T109 approval.request: one that would stay open for more than a year',
    reason: 'expires_too_late',
    given: async (kit) => {
      const latest = nowSeconds(kit.homes.alice) + (365 + 7) * 86_400;
      const until = (n: number, expiresAt: number) => question(questionOf(kit, n, { expiresAt }));
      return { refused: until(1, latest + 1), allowed: until(2, latest) };
    },
  },
  {
    rule: 'T115 approval.request: about a session that was given to another node',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      for (const [n, to] of [
        [1, 'node'],
        [2, 'sibling'],
      ] as const)
        await kit.send({ type: 'task.request', from: 'alice', to, body: taskOf(n) });
      return {
        refused: question(questionOf(kit, 1), 'sibling'),
        allowed: question(questionOf(kit, 2), 'sibling'),
      };
    },
  },
  ...(
    [
      ['of a question that nobody asked', 'not_yours', 3, {}],
      ['of a question that another node asked', 'not_yours', 2, {}],
      ['with another session', 'wrong_subject', 1, { session: uuidOf(2) }],
      ['with another subject', 'wrong_subject', 1, { subjectDigest: 'cd'.repeat(32) }],
    ] as const
  ).map(
    ([rule, reason, of, changes]): RuleRow => ({
      rule: `T115 approval.closed: ${rule}`,
      reason,
      given: async (kit) => {
        await withSibling(kit);
        const { id: re } = await asked(kit, 1);
        await asked(kit, 2, 'alice', 'sibling');
        const closed = (n: number, more = {}): Forged => {
          const { approval, session, subjectDigest } = questionOf(kit, n);
          const body = { approval, session, subjectDigest, state: 'withdrawn' as const, ...more };
          return { type: 'approval.closed', from: 'node', to: 'alice', re, body };
        };
        return { refused: closed(of, changes), allowed: closed(1) };
      },
    }),
  ),
  ...[
    {
      rule: 'another node may still ask',
      next: (kit: MessageKit) => question(questionOf(kit, 101), 'sibling'),
    },
    { rule: 'what was asked may be asked again', next: (kit: MessageKit) => question(questionOf(kit, 1)) },
  ].map(
    ({ rule, next }): RuleRow => ({
      rule: `approval.request: one more than a hundred open ones of one node; ${rule}`,
      reason: 'too_many_open',
      given: async (kit) => {
        await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
        for (let n = 1; n <= 100; n++) expect(await kit.tell(question(questionOf(kit, n)))).toBe('accepted');
        return { refused: question(questionOf(kit, 101)), allowed: next(kit) };
      },
    }),
  ),
];

/** The node asked a person; the answer as it should be. */
const asked = async (
  kit: MessageKit,
  n: number,
  to: 'alice' | 'bob' = 'alice',
  by: 'node' | 'sibling' = 'node',
) => {
  const body = questionOf(kit, n);
  const { id } = await kit.send({ type: 'approval.request', from: by, to, body });
  const { approval, subject, subjectDigest } = body;
  const decided = { approval, subject, subjectDigest, decision: 'approved' as const };
  const answer = { type: 'approval.response', from: to, to: by, re: id, body: decided } as const;
  return { answer, body, id };
};
const close = (kit: MessageKit, { body, id }: { body: Question; id: string }) => {
  const { approval, session, subjectDigest } = body;
  const closed = { approval, session, subjectDigest, state: 'withdrawn' as const };
  return kit.send({ type: 'approval.closed', from: 'node', to: 'alice', re: id, body: closed });
};
const publishing = (session: number, changes: Partial<Forged> = {}) =>
  ({
    ...{ type: 'publish.request', from: 'alice', to: 'node' },
    ...{ body: { session: uuidOf(session), commit: 'ab'.repeat(20) } },
    ...changes,
  }) as Forged;
const PUBLISHING: RuleRow[] = [
  {
    rule: 'T145 publish.request: of a session that this node was not given',
    reason: 'no_session',
    given: async (kit) => {
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      return { refused: publishing(2), allowed: publishing(1) };
    },
  },
  {
    rule: 'T145 publish.request: to another node of this home than has the session',
    reason: 'not_yours',
    given: async (kit) => {
      await tellRoutes(kit, 'sibling', ['alice']);
      await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      return { refused: publishing(1, { to: 'sibling' }), allowed: publishing(1) };
    },
  },
  {
    rule: 'T145 publish.request: by who neither launched the session nor was asked to approve it',
    reason: 'not_approver',
    given: async (kit) => {
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      const byBob = async () => {
        await asked(kit, 1, 'bob');
        return publishing(1, { from: 'bob' });
      };
      return { refused: publishing(1, { from: 'bob' }), allowed: byBob };
    },
  },
  {
    rule: 'publish.result: of another session than was asked about',
    reason: 'wrong_subject',
    given: async (kit) => {
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: taskOf(1) });
      const { id: re } = await kit.send(publishing(1));
      const answer = (session: number): Forged => {
        const body = { session: uuidOf(session), commit: 'ab'.repeat(20) };
        return { type: 'publish.result', from: 'node', to: 'alice', re, body };
      };
      return { refused: answer(2), allowed: answer(1) };
    },
  },
  {
    rule: 'artifact.ref: to who was asked nothing of that session',
    reason: 'no_session',
    given: async (kit) => {
      const { body } = await asked(kit, 1, 'bob');
      const artifact = (n: number): Forged => {
        const place = { ...placeOf(body.subject), approval: n === 1 ? body.approval : null };
        const told = { artifact: uuidOf(90 + n), session: uuidOf(n), ...place };
        return { type: 'artifact.ref', from: 'node', to: 'bob', body: told };
      };
      return { refused: artifact(2), allowed: artifact(1) };
    },
  },
];
const ANSWERS: RuleRow[] = [
  {
    rule: 'approval.response: to a node of this home that did not ask',
    reason: 'not_asked',
    given: async (kit) => {
      await tellRoutes(kit, 'sibling', ['alice']);
      await tellRoutes(kit, 'alice', ['node', 'sibling'], 2);
      const { answer } = await asked(kit, 1);
      return { refused: { ...answer, to: 'sibling' }, allowed: answer };
    },
  },
  {
    rule: 'approval.response: about an approval that nobody here asked',
    reason: 'not_asked',
    given: async (kit) => {
      const { answer } = await asked(kit, 1);
      return { refused: { ...answer, body: { ...answer.body, approval: uuidOf(7) } }, allowed: answer };
    },
  },
  {
    rule: 'approval.response: about another subject than was asked',
    reason: 'wrong_subject',
    given: async (kit) => {
      const { answer } = await asked(kit, 1);
      const { subject, subjectDigest } = questionOf(kit, 1, { commit: 'cd'.repeat(20) });
      return { refused: { ...answer, body: { ...answer.body, subject, subjectDigest } }, allowed: answer };
    },
  },
  {
    rule: 'approval.response: that repeats another subject than its digest is of',
    reason: 'wrong_subject',
    given: async (kit) => {
      const { answer } = await asked(kit, 1);
      const { subject } = questionOf(kit, 1, { commit: 'cd'.repeat(20) });
      return { refused: { ...answer, body: { ...answer.body, subject } }, allowed: answer };
    },
  },
  {
    rule: 'approval.response: with a subject whose digest is not the one it names',
    reason: 'wrong_subject',
    given: async (kit) => {
      const { answer } = await asked(kit, 1);
      const { subject } = questionOf(kit, 1, { commit: 'cd'.repeat(20) });
      return { refused: { ...answer, body: { ...answer.body, subject } }, allowed: answer };
    },
  },
  {
    rule: 'approval.response: by somebody who was asked something else',
    reason: 'not_approver',
    given: async (kit) => {
      const alice = await asked(kit, 1);
      const bob = await asked(kit, 2, 'bob');
      return { refused: { ...bob.answer, body: alice.answer.body }, allowed: bob.answer };
    },
  },
  {
    rule: 'approval.response: to another question than the one about this approval',
    reason: 'wrong_subject',
    given: async (kit) => {
      const first = await asked(kit, 1);
      const second = await asked(kit, 2);
      return { refused: { ...first.answer, re: second.id }, allowed: first.answer };
    },
  },
  {
    rule: 'approval.response: a second decision of one person',
    reason: 'already_decided',
    given: async (kit) => {
      const first = await asked(kit, 1);
      expect(await kit.tell(first.answer)).toBe('accepted');
      const body = { ...first.answer.body, decision: 'rejected' as const };
      return { refused: { ...first.answer, body }, allowed: (await asked(kit, 2)).answer };
    },
  },
  {
    rule: 'T172 approval.response: without the touch that the newest policy of its node wants',
    reason: 'not_touched',
    given: async (kit) => {
      const { answer, body } = await asked(kit, 1);
      const { tables } = kit.homeOf('node');
      const [routes] = tables.list('routes').filter(({ owner }) => owner === kit.who.node.pubkey);
      const rule = { by: ['alice'], quorum: 1, assurance: 'touch' as const };
      tables.put('routes', { ...routes!, approval: { 'source.publish': rule } });
      const [alice] = tables.list('peers', { owner: kit.who.node.pubkey, pubkey: kit.who.alice.pubkey });
      const token = testSshKey();
      tables.put('peers', { ...alice!, ssh: [token.line] });
      const sshsig = sshsigBy(token, approvalLine(body.subjectDigest));
      return { refused: answer, allowed: { ...answer, body: { ...answer.body, sshsig } } };
    },
  },
  {
    rule: 'approval.response: about what was withdrawn',
    reason: 'late: approval_closed',
    given: async (kit) => {
      const first = await asked(kit, 1);
      await close(kit, first);
      return { refused: first.answer, allowed: (await asked(kit, 2)).answer };
    },
  },
  {
    rule: 'approval.response: in the second in which the question expires',
    reason: 'late: approval_expired',
    given: async (kit) => {
      const first = await asked(kit, 1);
      await kit.time.pass((first.body.subject.expiresAt - kit.time.clock.now() / 1000) * 1000);
      return { refused: first.answer, allowed: (await asked(kit, 2)).answer };
    },
  },
];

testRuleRows([...HELLOS, ...TASKS, ...QUESTIONS, ...PUBLISHING, ...ANSWERS]);
