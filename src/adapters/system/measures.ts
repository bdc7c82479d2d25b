/** Measures this process, and what a home of it takes of the disk. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Measure, Measures, Projection } from '../../ports/index.ts';

const MINUTE_MS = 60_000;
const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

/** Files that are there now: one may be made or go meanwhile. */
const bytesIn = async (directory: string): Promise<number> => {
  const names = await readdir(directory).catch(() => []);
  const sizes = names.map((name) =>
    stat(join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
};

/** The quantiles of whole minutes: whoever asks takes nothing from whoever asks next. */
const loopDelays = () => {
  const histogram = monitorEventLoopDelay({ resolution: 20 });
  histogram.enable();
  const now = (): Measures['loopDelay'] => {
    const at = (nanoseconds: number): number => (histogram.count === 0 ? 0 : nanoseconds / NANOSECONDS);
    return {
      median: at(histogram.percentile(50)),
      high: at(histogram.percentile(99)),
      most: at(histogram.max),
    };
  };
  let last: Measures['loopDelay'] | null = null;
  const turning = setInterval(() => {
    last = now();
    histogram.reset();
  }, MINUTE_MS).unref();
  return {
    read: () => last ?? now(),
    close() {
      clearInterval(turning);
      histogram.disable();
    },
  };
};

export const measuring = (
  ledger: string,
  projection: Pick<Projection, 'folded' | 'saved'>,
): { measure: Measure; close(): void } => {
  const delays = loopDelays();
  const startedAt = Math.floor(Date.now() / 1000 - process.uptime());
  const measure: Measure = async () => {
    const { user, system } = process.cpuUsage();
    return {
      residentBytes: process.memoryUsage.rss(),
      cpuSeconds: (user + system) / MICROSECONDS,
      startedAt,
      loopDelay: delays.read(),
      ledgerBytes: await bytesIn(ledger),
      folded: projection.folded,
      saved: projection.saved,
    };
  };
  return { measure, close: () => delays.close() };
};
