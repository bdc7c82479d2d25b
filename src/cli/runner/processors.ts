/** What is said of the processors of a runner. */
import { findProgram } from '../../adapters/system/child-process.ts';

/** Turns give way through `nice`, where there is one. */
export const processorWords = (nice: string | null = findProgram('nice')): string =>
  nice === null
    ? 'no quota (not enforced); turns give way to nothing: there is no program nice'
    : 'no quota (not enforced); turns give way, as far as the kernel lets them';
