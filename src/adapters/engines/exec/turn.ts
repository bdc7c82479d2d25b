/** What the `exec` engine is given. */
import type { EngineSpec } from '../../../core/graph/engines.ts';
import type { Turn } from '../../../ports/index.ts';

export type ExecSpec = EngineSpec<'exec'>;
export type ExecTurn = Turn<ExecSpec>;
/** For requests and answers. */
export const PIPES = 2;
