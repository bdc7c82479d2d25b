import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// A set CI variable, even an empty one, makes Ink print only its last frame.
delete process.env.CI;
// Tests say themselves which home they use; nothing of the person who runs them leaks in.
for (const name of Object.keys(process.env)) if (name.startsWith('ENTANGLE_')) delete process.env[name];
// Else malloc keeps what was once large for what is large later, in each process that tests share (`test/support/small-worker.ts`).
process.env.MALLOC_MMAP_THRESHOLD_ = String(1024 * 1024);

/** Stories that only mean something with their long counts: `npm run test:slow`. */
const LONG =
  process.env.SLOW === '1'
    ? []
    : [
        ...['resilience-long', 'resilience-kills', 'resilience-approvals', 'resilience-signals'],
        ...['long-past', 'stopped-runner'],
      ].map((name) => `test/e2e/${name}.test.ts`);

/** Processor time of a story is in its processes, not in its lines: those that take longest begin first, or one is alone at the end. */
const LONGEST_STORIES = [
  ...['watch-screen', 'real-agents', 'machines', 'up', 'operators', 'three-agents', 'demo', 'long-change'],
  ...['resilience-state', 'agent-story', 'commands', 'hostile-turns', 'one-file'],
  ...['sessions', 'command-line', 'principals', 'succession', 'secrets'],
];
/** Agents give way to everything else on a machine, so what waits for them waits longest of the rest. */
const OF_AGENTS = ['engine', 'probe/probe', 'going-on', 'terminals'];
/** A process that has grown takes longer to start another one: what starts thousands runs before what fills the memory. */
const STARTING = [
  '/src/adapters/engines/',
  '/src/adapters/git/',
  '/test/contract/git',
  '/test/contract/verify',
];
const FIRST = [
  ...LONGEST_STORIES.map((name) => `/test/e2e/${name}.test.ts`),
  ...OF_AGENTS.map((name) => `/src/adapters/engines/acp/${name}.test.ts`),
  ...STARTING,
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = FIRST.findIndex((path) => moduleId.includes(path));
      return at === -1 ? FIRST.length : at;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/** One project a tier; docs/testing.md says what belongs where. */
export default defineConfig({
  test: {
    // Twice the cores of a small machine: stories over real processes wait more than they compute.
    maxWorkers: 4,
    // Nothing fails because the machine is busy: a test that waits says itself what it waits for. Long counts take longer, and a hook builds a release.
    testTimeout: process.env.SLOW === '1' ? 3_600_000 : 600_000,
    hookTimeout: 600_000,
    sequence: { sequencer: LongestFirst },
    // Node strips the types of what is tested, as it does of our scripts: nothing is transformed again in each tier, and calls
    // between modules are plain ones. No test replaces a module, so nothing hooks into their loading.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            'src/{core,services,cli,local,tui}/**/*.test.{ts,tsx}',
            'test/{properties,vectors,graphs}/**/*.test.ts',
            'test/*.test.ts',
            // Ratios of times: nothing that a busy machine may judge.
            ...(process.env.SLOW === '1' ? ['test/ratios/**/*.test.ts'] : []),
          ],
          exclude: ['test/house.test.ts'],
          isolate: false,
          setupFiles: ['test/support/leaves-as-found.ts'],
        },
      },
      { extends: true, test: { name: 'sim', include: ['test/sim/**/*.test.ts'], isolate: false } },
      {
        extends: true,
        test: {
          name: 'contract',
          include: ['src/adapters/**/*.test.ts', 'test/contract/**/*.test.ts'],
          isolate: false,
          setupFiles: ['test/support/small-worker.ts', 'test/support/leaves-as-found.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/house.test.ts'],
          exclude: LONG,
          isolate: false,
          setupFiles: ['test/support/leaves-as-found.ts'],
        },
      },
    ],
  },
});
