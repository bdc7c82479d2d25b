/** The system's cryptographic randomness. */
import { randomFillSync } from 'node:crypto';
import type { Random } from '../../ports/index.ts';

const POOL_BYTES = 4_096;
const pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** Draws from a pool, one system call for many small requests; what was handed out is wiped from it. */
export const systemRandom: Random = {
  bytes: (n) => {
    if (n > POOL_BYTES / 8) return randomFillSync(new Uint8Array(n));
    if (used + n > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    const bytes = pool.slice(used, used + n);
    pool.fill(0, used, used + n);
    used += n;
    return bytes;
  },
};
