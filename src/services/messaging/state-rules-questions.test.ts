/** State rules of questions and answers: each refuses what no other rule does. */
import { expect } from 'vitest';
import { taskOf, withSibling } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_QUESTIONS } from '../../core/bounds.ts';

const launch = (kit: MessageKit, n: number, to: 'node' | 'sibling' = 'node') =>
  kit.send({ type: 'task.request', from: 'alice', to, body: taskOf(n) });
const questionId = (n: number) => uuidOf(700 + n);
/** The nth question, of the nth session unless it is said. */
const question = (re: string, n: number, more: { session?: number; text?: string } = {}): Forged => {
  const { session = n, text = 'which port?' } = more;
  const body = { session: uuidOf(session), attempt: 1, step: 2, question: questionId(n), text };
  return { type: 'question', from: 'node', to: 'alice', re, body };
};
const answer = (re: string, n: number, session = n): Forged => {
  const body = { session: uuidOf(session), question: questionId(n), text: '8080' };
  return { type: 'reply', from: 'alice', to: 'node', re, body };
};
const move = (re: string, n: number, step: number, state: 'accepted' | 'active' | 'waiting_approval') => {
  const type = state === 'accepted' ? ('task.accept' as const) : ('task.update' as const);
  const body = { session: uuidOf(n), attempt: 1, step, state };
  return { type, from: 'node' as const, to: 'alice' as const, re, body };
};
/** Asked of a session that alice launched; the id of the question's message. */
const asked = async (kit: MessageKit, n: number): Promise<{ re: string; request: string }> => {
  const { id: request } = await launch(kit, n);
  await kit.send(move(request, n, 1, 'accepted'));
  await kit.send(move(request, n, 2, 'active'));
  const { id: re } = await kit.send(question(request, n));
  return { re, request };
};

const QUESTIONS: RuleRow[] = [
  {
    rule: 'T115 question: of a session that nobody here began',
    reason: 'no_session',
    given: async (kit) => {
      const { id } = await launch(kit, 1);
      return { refused: question(id, 2), allowed: question(id, 1) };
    },
  },
  {
    rule: 'T115 question: of a session that was given to another node',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      const { id } = await launch(kit, 1);
      await launch(kit, 2, 'sibling');
      return { refused: question(id, 2), allowed: question(id, 1) };
    },
  },
  {
    rule: 'question: other words under the id that was asked',
    reason: 'wrong_subject',
    given: async (kit) => {
      const { id } = await launch(kit, 1);
      expect(await kit.tell(question(id, 1))).toBe('accepted');
      return { refused: question(id, 1, { text: 'may I push?' }), allowed: question(id, 2, { session: 1 }) };
    },
  },
  {
    rule: 'question: one more than an engine may ask in one session',
    reason: 'too_many_questions',
    given: async (kit) => {
      const { id } = await launch(kit, 1);
      const more = await launch(kit, 2);
      for (let n = 1; n <= MAX_QUESTIONS; n++)
        expect(await kit.tell(question(id, 10 + n, { session: 1 }))).toBe('accepted');
      return { refused: question(id, 500, { session: 1 }), allowed: question(more.id, 501, { session: 2 }) };
    },
  },
];

const REPLIES: RuleRow[] = [
  {
    rule: 'reply: to another question than it names',
    reason: 'wrong_subject',
    given: async (kit) => {
      const first = await asked(kit, 1);
      const second = await asked(kit, 2);
      return { refused: answer(first.re, 2), allowed: answer(second.re, 2) };
    },
  },
  {
    rule: 'reply: of another session than its question',
    reason: 'wrong_subject',
    given: async (kit) => {
      const { re } = await asked(kit, 1);
      return { refused: answer(re, 1, 2), allowed: answer(re, 1) };
    },
  },
  {
    rule: 'reply: to what was answered',
    reason: 'already_answered',
    given: async (kit) => {
      const { re } = await asked(kit, 1);
      expect(await kit.tell(answer(re, 1))).toBe('accepted');
      const second = await asked(kit, 2);
      return { refused: { ...answer(re, 1), dedup: 'another' }, allowed: answer(second.re, 2) };
    },
  },
  {
    rule: 'reply: to a question whose turn is over',
    reason: 'late: question_over',
    given: async (kit) => {
      const { re, request } = await asked(kit, 1);
      await kit.send(move(request, 1, 3, 'waiting_approval'));
      const second = await asked(kit, 2);
      return { refused: answer(re, 1), allowed: answer(second.re, 2) };
    },
  },
];

testRuleRows([...QUESTIONS, ...REPLIES]);
