/** What a process takes, as a test knows it. */
import type { Measure } from '../../src/ports/index.ts';

export const knownMeasures: Measure = async () => ({
  ...{ residentBytes: 123_456_789, cpuSeconds: 1.5, startedAt: 1_795_000_000, ledgerBytes: 4_096 },
  loopDelay: { median: 0.02, high: 0.05, most: 0.1 },
  ...{ folded: 30, saved: 10 },
});
