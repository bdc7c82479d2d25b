import { defineConfig } from 'vitest/config';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** How long each file took when it was first run: in the dry run, with all of its tests. */
const took = new Map<string, number>();

/** The quickest file first, so that most mutants are dead before a simulation begins. */
class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    for (const file of files) {
      const result = this.ctx.cache.getTestSpecificationResult(file);
      if (result && !took.has(file.moduleId)) took.set(file.moduleId, result.duration);
    }
    return files.toSorted((a, b) => (took.get(a.moduleId) ?? 0) - (took.get(b.moduleId) ?? 0));
  }
}

/**
 * What mutants are tried with: the tiers that need no process, no socket and no disk, in one process each. A rule of core must be
 * missed by the tests of core: every story of a federation runs through it, and those that survive would cost half a minute each.
 */
const TESTS = {
  core: ['src/core/**/*.test.ts', 'test/{properties,graphs}/**/*.test.ts', 'test/protocol-table.test.ts'],
  services: ['src/services/**/*.test.ts', 'test/sim/**/*.test.ts'],
};

export default defineConfig({
  test: {
    include: TESTS[process.env.MUTATION as keyof typeof TESTS],
    // Together at most five seconds of simulation: what these show is long histories, weather and numbers, and the rule behind
    // each has its row in a test that takes milliseconds.
    exclude: [
      'federation',
      'graph-limits',
      'hours',
      'invariants',
      'many-neighbours',
      'models',
      'random-history',
      'weather',
    ].map((name) => `test/sim/${name}.test.ts`),
    sequence: { sequencer: QuickestFirst },
    isolate: false,
    maxWorkers: 1,
    // A wait that a mutant made endless ends here; by Stryker’s own limit it would take five times as long.
    testTimeout: 10_000,
  },
});
