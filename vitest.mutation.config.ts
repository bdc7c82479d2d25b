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
 * What mutants of a folder are tried with beside the tests in it: only what needs no process, no socket and no disk. A rule must be
 * missed by the tests of its own folder: stories run through all of them, and each that survives would cost half a minute.
 */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'core/graph': ['test/graphs/**/*.test.ts', 'test/properties/graph*.test.ts'],
  'core/machines': ['test/properties/machines.test.ts'],
  'core/projection': ['test/properties/projection.test.ts'],
  'core/protocol': ['test/properties/open.test.ts', 'test/protocol-table.test.ts'],
  // The exchange of messages is what a federation's story is made of.
  'services/messaging': ['test/sim/**/*.test.ts'],
};
const folder = process.env.MUTATION ?? '';

export default defineConfig({
  test: {
    include: [`src/${folder}/**/*.test.ts`, ...(ALSO[folder] ?? [])],
    // Together at most five seconds of simulation: what these show is long histories, weather and numbers, and the rule behind
    // each has its row in a test that takes milliseconds.
    exclude: [
      ...[
        'federation',
        'graph-limits',
        'hours',
        'invariants',
        'many-neighbours',
        'models',
        'random-history',
        'weather',
      ].map((name) => `test/sim/${name}.test.ts`),
      // Contents of megabytes show costs; each would be compared again for every mutant
      'src/core/source/large-changes.test.ts',
    ],
    sequence: { sequencer: QuickestFirst },
    isolate: false,
    maxWorkers: 1,
    // A wait that a mutant made endless ends here; by Stryker’s own limit it would take five times as long.
    testTimeout: 10_000,
  },
});
