import { defineConfig } from 'vitest/config';

/** What mutants are tried with: the tiers that need no process, no socket and no disk, in one process each. */
export default defineConfig({
  test: {
    include: [
      'src/{core,services}/**/*.test.ts',
      'test/{properties,graphs,sim}/**/*.test.ts',
      'test/protocol-table.test.ts',
    ],
    // Together at most five seconds of simulation: what these show is long histories, weather and numbers, and the rule behind
    // each has its row in a test that takes milliseconds.
    exclude: ['federation', 'graph-limits', 'hours', 'invariants', 'random-history', 'weather'].map(
      (name) => `test/sim/${name}.test.ts`,
    ),
    isolate: false,
    maxWorkers: 1,
    testTimeout: 60_000,
  },
});
