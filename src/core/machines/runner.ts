/** Trust in a runner; its owner is the Host. One that was rejected, or left, may be invited again, under another key. */
import type { Liveness, RunnerTrust } from '../vocabulary.ts';
import type { Machine } from './machine.ts';

export const runnerMachine: Machine<RunnerTrust, RunnerTrust> = {
  initial: 'pending',
  moves: {
    pending: { trusted: 'trusted', rejected: 'rejected' },
    trusted: { revoked: 'revoked', left: 'left' },
    rejected: {},
    revoked: {},
    left: { revoked: 'revoked' },
  },
};

/** How often a runner that is there is heard. */
export const HEARTBEAT_MS = 10_000;

/** How long after the last heartbeat a runner counts as stale, and as offline. */
export const STALE_MS = 60_000;
export const OFFLINE_MS = 300_000;
export const liveness = (silenceMs: number | null): Liveness =>
  silenceMs === null || silenceMs >= OFFLINE_MS ? 'offline' : silenceMs >= STALE_MS ? 'stale' : 'live';
