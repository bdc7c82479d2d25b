/** How a runner stands with its Host, in words. */
import type { RunnerView } from './shapes.ts';

/** Of an assignment that is open there. */
export const RUNNER_LEAVES = 'its runner leaves';

export const trustText = ({ trust, leaving }: Pick<RunnerView, 'trust' | 'leaving'>): string =>
  leaving ? `${trust}, leaving` : trust;
