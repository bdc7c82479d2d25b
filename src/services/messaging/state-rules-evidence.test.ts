/** State rules of evidence: of which commit a runner asks it, and what answers that. */
import { expect } from 'vitest';
import { questionOf, sessionSeen } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { PublishSubject } from '../../core/protocol/messages/publish-subject.ts';

const told = async (kit: MessageKit): Promise<void> => {
  expect(await kit.tell(sessionSeen(kit))).toBe('accepted');
};
const asking = (kit: MessageKit, changes: Partial<PublishSubject> = {}): Forged => {
  const { approval, session } = questionOf(kit, 1);
  const subject = questionOf(kit, 1, changes).subject as PublishSubject;
  const body = { session, approval, tree: '7e'.repeat(20), subject, evidence: [] };
  return { type: 'evidence.request', from: 'runner', to: 'host', body };
};
const otherSubject = (member: string, changes: Partial<PublishSubject>): RuleRow => ({
  rule: `evidence.request: of a subject with another ${member}`,
  reason: 'wrong_subject',
  given: async (kit) => {
    await told(kit);
    return { refused: asking(kit, changes), allowed: asking(kit) };
  },
});

const answering =
  (type: 'evidence.statement' | 'evidence.logged', changes: object): RuleRow['given'] =>
  async (kit) => {
    await told(kit);
    const { id } = await kit.send(asking(kit));
    const { approval, session } = questionOf(kit, 1);
    const answer = (more: object): Forged => {
      const to = { from: 'host', to: 'runner', re: id } as const;
      return type === 'evidence.logged'
        ? { type, ...to, body: { session, approval, proof: 'p', ...more } }
        : { type, ...to, body: { session, approval, reason: 'policy_unknown', ...more } };
    };
    return { refused: answer(changes), allowed: answer({}) };
  };
const answerRows = (member: string, changes: object): RuleRow[] =>
  (['evidence.statement', 'evidence.logged'] as const).map((type) => ({
    rule: `${type}: of another ${member} than was asked for`,
    reason: 'wrong_subject',
    given: answering(type, changes),
  }));

testRuleRows([
  otherSubject('session', { session: uuidOf(2) }),
  otherSubject('approval', { approval: uuidOf(1002) }),
  otherSubject('graph', { graph: `${'ab'.repeat(32)}/acme` }),
  {
    rule: 'evidence.request: before the runner told of the session',
    reason: 'held: awaits_session',
    given: async (kit) => ({
      refused: asking(kit),
      allowed: async () => {
        await told(kit);
        return asking(kit);
      },
    }),
  },
  ...answerRows('session', { session: uuidOf(2) }),
  ...answerRows('approval', { approval: uuidOf(1002) }),
]);
