/** Files of tests that share a process leave it as they found it, also where they fail. */
import { afterAll, expect } from 'vitest';

// `vitest.config.ts` began this process with it; what a test starts begins as anywhere else
delete process.env.MALLOC_MMAP_THRESHOLD_;

const state = () => ({
  ...{ env: { ...process.env }, directory: process.cwd(), umask: process.umask() },
  signals: (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => process.listenerCount(name)),
});
const before = state();
afterAll(() => expect(state()).toEqual(before));
