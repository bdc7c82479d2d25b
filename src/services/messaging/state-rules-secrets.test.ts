/** State rules of secrets: who may ask for one under which assignment, and what answers it. */
import { ASSIGNMENT, assign, trustedRunners } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';

const KEY = '71'.repeat(32);
const of = { assignment: ASSIGNMENT.node, fence: 1, name: 'model-key' };
type Asking = { from?: 'runner2'; fence?: number; assignment?: string };
const request = ({ from, ...changes }: Asking = {}): Forged => ({
  type: 'secret.request',
  from: from ?? 'runner',
  to: 'host',
  body: { ...of, key: KEY, ...changes },
});

const askedRow = (rule: string, changes: Asking): RuleRow => ({
  rule: `secret.request: ${rule}`,
  reason: 'not_assigned',
  given: async () => ({ refused: request(changes), allowed: request() }),
});

/** The runner has asked for a secret; the Host's answer, right or with one thing wrong. */
const asked = async (kit: MessageKit) => {
  const { id } = await kit.send({
    type: 'secret.request',
    from: 'runner',
    to: 'host',
    body: { ...of, key: KEY },
  });
  return { from: 'host', to: 'runner', re: id } as const;
};
type Changes = Partial<typeof of>;
const grant = (about: Awaited<ReturnType<typeof asked>>, changes: Changes): Forged => ({
  type: 'secret.grant',
  ...about,
  body: { ...of, version: '5a'.repeat(16), key: KEY, box: 'AAAA', ...changes },
});
const deny = (about: Awaited<ReturnType<typeof asked>>, changes: Changes): Forged => ({
  type: 'secret.deny',
  ...about,
  body: { ...of, reason: 'secret_missing', ...changes },
});
const answerRows = (rule: string, changes: Changes): RuleRow[] => {
  const given =
    (answer: typeof grant): RuleRow['given'] =>
    async (kit) => {
      const about = await asked(kit);
      return { refused: answer(about, changes), allowed: answer(about, {}) };
    };
  return [
    { rule: `secret.grant: ${rule}`, reason: 'wrong_subject', given: given(grant) },
    { rule: `secret.deny: ${rule}`, reason: 'wrong_subject', given: given(deny) },
  ];
};

testRuleRows([
  askedRow('by a runner that does not have the node', { from: 'runner2' }),
  askedRow('under another fence', { fence: 2 }),
  askedRow('of an assignment that was never made', { assignment: ASSIGNMENT.sibling }),
  {
    rule: 'secret.request: under an assignment that is over',
    reason: 'late: assignment_over',
    start: trustedRunners,
    given: async (kit) => {
      await assign(kit, 'node');
      const body = { assignment: ASSIGNMENT.node, fence: 1, reason: 'moved' };
      await kit.send({ type: 'assignment.revoke', from: 'host', to: 'runner', body });
      const receipt = { assignment: ASSIGNMENT.node, fence: 1, state: 'stopped' as const };
      return {
        refused: request(),
        allowed: { type: 'assignment.receipt', from: 'runner', to: 'host', body: receipt },
      };
    },
  },
  ...answerRows('of another secret than was asked for', { name: 'other' }),
  ...answerRows('of another assignment', { assignment: ASSIGNMENT.sibling }),
  ...answerRows('of another fence', { fence: 2 }),
]);
