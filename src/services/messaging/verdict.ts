/** Verdicts in short. */
import type { Verdict } from '../../core/protocol/authorize.ts';

export const reject = (reason: string): Verdict => ({ is: 'reject', reason });
export const late = (reason: string): Verdict => ({ is: 'late', reason });
export const when = (bad: boolean, verdict: Verdict): Verdict | null => (bad ? verdict : null);
