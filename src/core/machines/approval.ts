/** An approval; its owner is the node that asked. */
import type { ApprovalState, Decision } from '../vocabulary.ts';
import type { Machine } from './machine.ts';

export const approvalMachine: Machine<ApprovalState, ApprovalState> = {
  initial: 'pending',
  moves: {
    pending: {
      approved: 'approved',
      rejected: 'rejected',
      expired: 'expired',
      withdrawn: 'withdrawn',
      invalidated: 'invalidated',
    },
    approved: {},
    rejected: {},
    expired: {},
    withdrawn: {},
    invalidated: {},
  },
};

export type Vote = { person: string; decision: Decision };

/** What the decisions in the owner's ledger order amount to: one a person, the first counts; any rejection ends it. */
export const tally = (decisions: readonly Vote[], quorum: number): Decision | 'pending' => {
  const first = new Map<string, Decision>();
  for (const { person, decision } of decisions) if (!first.has(person)) first.set(person, decision);
  const votes = [...first.values()];
  if (votes.includes('rejected')) return 'rejected';
  return votes.length >= quorum ? 'approved' : 'pending';
};
