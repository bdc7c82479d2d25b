/** How an isolation is shown: nobody may take one that is not there for one that is. */
import type { SandboxKind } from '../vocabulary.ts';

export const isolationText = (kind: SandboxKind): string => (kind === 'none' ? 'none (not enforced)' : kind);
