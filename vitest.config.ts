import { defineConfig } from 'vitest/config';

// A set CI variable, even an empty one, makes Ink print only its last frame.
delete process.env.CI;
// Tests say themselves which home they use; nothing of the person who runs them leaks in.
for (const name of Object.keys(process.env)) if (name.startsWith('ENTANGLE_')) delete process.env[name];

/** Stories that only mean something with their long counts: `npm run test:slow`. */
const LONG = ['resilience-long', 'resilience-relays', 'resilience-approvals', 'resilience-signals'].map(
  (name) => `test/e2e/${name}.test.ts`,
);

export default defineConfig({
  test: {
    exclude: process.env.SLOW === '1' ? [] : LONG,
    include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // More would only make the ones with real processes wait for each other.
    maxWorkers: 2,
  },
});
