/** An assignment binds a node at a revision to a runner; its owner is the Host. */
import { ASSIGNMENT_INPUTS, type AssignmentInput, type AssignmentState } from '../vocabulary.ts';
import type { Machine } from './machine.ts';
import { next } from './machine.ts';

export const assignmentMachine: Machine<AssignmentState, AssignmentInput> = {
  initial: 'offered',
  moves: {
    offered: { accept: 'accepted', reject: 'rejected', expire: 'expired', revoke: 'revoked' },
    accepted: {
      started: 'active',
      stopped: 'stopped',
      failed: 'failed',
      expire: 'expired',
      revoke: 'revoked',
    },
    active: { stopped: 'stopped', failed: 'failed', expire: 'expired', revoke: 'revoked' },
    rejected: {},
    expired: {},
    stopped: {},
    failed: {},
    revoked: {},
  },
};

/** The state that a set of inputs amounts to, and which of them brought it about; null where none did. */
export const foldAssignment = (
  inputs: readonly AssignmentInput[],
): { state: AssignmentState; by: AssignmentInput | null; ordered: AssignmentInput[] } => {
  const ordered = ASSIGNMENT_INPUTS.filter((input) => inputs.includes(input));
  let state: AssignmentState = assignmentMachine.initial;
  let by: AssignmentInput | null = null;
  for (const input of ordered) {
    const after = next(assignmentMachine, state, input);
    if (after === null) continue;
    state = after;
    by = input;
  }
  return { state, by, ordered };
};
