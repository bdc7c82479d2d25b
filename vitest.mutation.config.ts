import { defineConfig } from 'vitest/config';

/** What mutants are tried with: the tiers that need no process, no socket and no disk, in one process each. */
export default defineConfig({
  test: {
    include: [
      'src/{core,services}/**/*.test.ts',
      'test/{properties,graphs,sim}/**/*.test.ts',
      'test/protocol-table.test.ts',
    ],
    // Their subject is how long a history lasts: no rule, and most of the time.
    exclude: ['test/sim/hours.test.ts'],
    isolate: false,
    maxWorkers: 1,
    testTimeout: 60_000,
  },
});
