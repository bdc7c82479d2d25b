/** A session is a task on its way; its owner is the executing node. Inputs are the states that the owner signs. */
import type { SessionState } from '../vocabulary.ts';
import type { Machine } from './machine.ts';

const ends = {
  failed: 'failed',
  cancelled: 'cancelled',
  timed_out: 'timed_out',
  budget_exceeded: 'budget_exceeded',
} as const;

export const sessionMachine: Machine<SessionState, SessionState> = {
  initial: 'requested',
  moves: {
    requested: { accepted: 'accepted', ...ends },
    accepted: { active: 'active', ...ends },
    active: { waiting_approval: 'waiting_approval', completed: 'completed', ...ends },
    waiting_approval: { active: 'active', completed: 'completed', ...ends },
    completed: {},
    failed: {},
    cancelled: {},
    timed_out: {},
    budget_exceeded: {},
  },
};
