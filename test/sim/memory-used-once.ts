/** Uses of what is good once, in memory; of the same map those of a restart. */
import type { UsedOnce } from '../../src/ports/index.ts';

export const memoryUsedOnce = (uses: Map<string, number> = new Map()): UsedOnce => ({
  has: (use) => uses.has(use),
  async use(use, until) {
    if (uses.has(use)) return false;
    uses.set(use, until);
    return true;
  },
  close: async () => undefined,
});
