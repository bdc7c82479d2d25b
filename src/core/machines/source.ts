/** A source change and the artifact made of it; their owner is the executing node. */
import type { ApprovalState, ArtifactState, SourceState } from '../vocabulary.ts';
import type { Machine } from './machine.ts';

export const sourceMachine: Machine<SourceState, SourceState> = {
  initial: 'proposed',
  moves: {
    proposed: { approved: 'approved', rejected: 'rejected', superseded: 'superseded' },
    approved: { published: 'published', failed: 'failed' },
    rejected: {},
    superseded: {},
    published: {},
    failed: {},
  },
};

export const artifactMachine: Machine<ArtifactState, ArtifactState> = {
  initial: 'materialized',
  moves: {
    materialized: { published: 'published', superseded: 'superseded', failed: 'failed' },
    published: { superseded: 'superseded' },
    superseded: {},
    failed: {},
  },
};

const AFTER_APPROVAL: Readonly<Record<ApprovalState, SourceState>> = {
  pending: 'proposed',
  approved: 'approved',
  rejected: 'rejected',
  superseded: 'superseded',
  expired: 'failed',
  withdrawn: 'failed',
  invalidated: 'failed',
};
/** Of a change by the two things that are signed of it: where its commit is, and what was decided; null where nothing is known. */
export const sourceStateOf = (
  artifact: ArtifactState | null,
  approval: ApprovalState | null,
): SourceState => {
  if (artifact === 'published' || artifact === 'superseded') return artifact;
  const decided = approval === null ? 'proposed' : AFTER_APPROVAL[approval];
  return artifact === 'failed' && decided !== 'rejected' && decided !== 'superseded' ? 'failed' : decided;
};
