/** An assignment binds a node at a revision to a runner; its owner is the Host. */
import type { Machine } from './machine.ts';

export type AssignmentState =
  | 'offered'
  | 'accepted'
  | 'active'
  | 'rejected'
  | 'expired'
  | 'stopped'
  | 'failed'
  | 'revoked';
export type AssignmentInput = 'accept' | 'reject' | 'started' | 'stopped' | 'failed' | 'expire' | 'revoke';

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

/** The order in which a set of inputs is folded, so that the result does not hang on their arrival. */
export const ASSIGNMENT_ORDER: readonly AssignmentInput[] = [
  'accept',
  'reject',
  'started',
  'stopped',
  'failed',
  'expire',
  'revoke',
];
