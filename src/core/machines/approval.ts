/** An approval; its owner is the node that asked. */
import type { ApprovalEnding, ApprovalState, Decision } from '../vocabulary.ts';
import type { Machine } from './machine.ts';

export const approvalMachine: Machine<ApprovalState, ApprovalState> = {
  initial: 'pending',
  moves: {
    pending: {
      approved: 'approved',
      rejected: 'rejected',
      superseded: 'superseded',
      expired: 'expired',
      withdrawn: 'withdrawn',
      invalidated: 'invalidated',
    },
    approved: {},
    rejected: {},
    superseded: {},
    expired: {},
    withdrawn: {},
    invalidated: {},
  },
};

export type Vote = { person: string; decision: Decision };

/** How an approval ends that was decided so. */
export const ENDING_OF: Readonly<Record<Decision, ApprovalEnding>> = {
  approved: 'approved',
  rejected: 'rejected',
  changes_wanted: 'superseded',
};

/**
 * What the decisions in the owner's ledger order amount to: one a person, the first counts; any rejection ends it, and
 * where there is none, anybody's wish for changes.
 */
export const tally = (decisions: readonly Vote[], quorum: number): Decision | 'pending' => {
  const first = new Map<string, Decision>();
  for (const { person, decision } of decisions) if (!first.has(person)) first.set(person, decision);
  const votes = [...first.values()];
  if (votes.includes('rejected')) return 'rejected';
  if (votes.includes('changes_wanted')) return 'changes_wanted';
  return votes.length >= quorum ? 'approved' : 'pending';
};
