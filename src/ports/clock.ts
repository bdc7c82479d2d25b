/** Time and chance. */
import type { RandomBytes } from '../core/crypto/suite.ts';

export interface Clock {
  /** Unix milliseconds: for stamps that people read; no permission rests on it. */
  now(): number;
  /** Milliseconds that never jump: leases, expiries, retries. */
  monotonic(): number;
  /** Resolves after ms, or at once when the signal aborts. Whatever waits goes first, also where there is nothing to sleep. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export type Random = { readonly bytes: RandomBytes };
