/** State rules of checkpoints: what a member takes for one of its Host. */
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { checkpointBy } from '../../../test/support/host-checkpoints.ts';

const proofBy = (kit: MessageKit, signer: 'host' | 'mallory'): Forged => ({
  ...{ type: 'checkpoint.proof', from: 'host', to: 'runner' },
  body: {
    ...{ asked: null, proof: [], restored: 0 },
    checkpoint: checkpointBy(kit.homeOf('host'), kit.who[signer].secretKey, ['00'.repeat(32)]),
  },
});

const RULES: RuleRow[] = [
  {
    rule: 'T167 checkpoint.proof: with a checkpoint that somebody else signed',
    reason: 'bad_proof',
    given: async (kit) => ({ refused: proofBy(kit, 'mallory'), allowed: proofBy(kit, 'host') }),
  },
];
testRuleRows(RULES);
