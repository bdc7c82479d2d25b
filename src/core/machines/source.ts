/** A source change and the artifact made of it; their owner is the executing node. */
import type { ArtifactState, SourceState } from '../vocabulary.ts';
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
