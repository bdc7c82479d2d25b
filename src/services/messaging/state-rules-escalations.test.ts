/** State rules of escalations: each refuses what no other rule does. */
import { expect } from 'vitest';
import { taskOf, withSibling } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { ownIdRows } from '../../../test/sim/own-id-rows.ts';
import { testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_QUESTIONS } from '../../core/bounds.ts';

const idOf = (n: number) => uuidOf(900 + n);
type Changed = { session?: number; text?: string; question?: string };
/** The nth escalation, of the nth session unless it is said: alice launched none of them. */
const escalation = (n: number, { session = n, text = 'may it wait?', question = idOf(n) }: Changed = {}) => {
  const body = { session: uuidOf(session), attempt: 1, step: 2, question, text, path: ['bob', 'node'] };
  return { type: 'escalation', from: 'node', to: 'alice', body } as const;
};
const answer = (re: string, n: number): Forged => {
  const body = { session: uuidOf(n), question: idOf(n), text: 'yes' };
  return { type: 'reply', from: 'alice', to: 'node', re, body };
};
const closed = (re: string, n: number, session = n): Forged => {
  const body = { session: uuidOf(session), question: idOf(n) };
  return { type: 'escalation.closed', from: 'node', to: 'alice', re, body };
};
const put = async (kit: MessageKit, n: number) => (await kit.send(escalation(n))).id;

testRuleRows([
  ...ownIdRows(escalation, {
    changed: ['T130 escalation: other words under the id that was asked', { text: 'may I push?' }],
    taken: [
      'T130 escalation: under the id of an approval, so that who answers one would sign the other',
      (question) => ({ question }),
    ],
    elsewhere: 'T130 escalation: of a session that this person gave to another node',
  }),
  {
    rule: 'T130 escalation: one more than an engine may put in one session',
    reason: 'too_many_questions',
    given: async (kit) => {
      for (let n = 1; n <= MAX_QUESTIONS; n++) {
        const re = (await kit.send(escalation(10 + n, { session: 1 }))).id;
        const body = { session: uuidOf(1), question: idOf(10 + n) };
        await kit.send({ type: 'escalation.closed', from: 'node', to: 'alice', re, body });
      }
      return { refused: escalation(9, { session: 1 }), allowed: escalation(9, { session: 2 }) };
    },
  },
  {
    rule: 'T130 escalation: one more than a person is asked at once',
    reason: 'too_many_open',
    given: async (kit) => {
      const first = await put(kit, 1);
      for (let n = 2; n <= 100; n++) expect(await kit.tell(escalation(n))).toBe('accepted');
      const allowed = async () => {
        await kit.send(closed(first, 1) as never);
        return escalation(102);
      };
      return { refused: escalation(101), allowed };
    },
  },
  {
    rule: 'escalation.closed: of another node’s',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      await kit.send({ ...escalation(1), from: 'sibling' });
      const own = await put(kit, 2);
      return { refused: closed(own, 1), allowed: closed(own, 2) };
    },
  },
  {
    rule: 'escalation.closed: of another session than it names',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await put(kit, 1);
      return { refused: closed(re, 1, 2), allowed: closed(re, 1) };
    },
  },
  {
    rule: 'escalation.closed: in answer to another than it names',
    reason: 'wrong_subject',
    given: async (kit) => {
      const first = await put(kit, 1);
      const second = await put(kit, 2);
      return { refused: closed(second, 1), allowed: closed(first, 1) };
    },
  },
  {
    rule: 'reply: to an escalation that was closed',
    reason: 'late: question_over',
    given: async (kit) => {
      const re = await put(kit, 1);
      const second = await put(kit, 2);
      await kit.send({
        ...{ type: 'task.request', from: 'alice', to: 'node' },
        body: taskOf(1),
      });
      await kit.send(closed(re, 1) as never);
      return { refused: answer(re, 1), allowed: answer(second, 2) };
    },
  },
]);
