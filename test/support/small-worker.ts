/**
 * A start of a program copies the page tables of who starts it, once for the child and once for what that writes: 5 ms from a process of
 * 75 MB, 30 from one of 300. So a process of tests that has grown gives back what nothing holds any more.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach } from 'vitest';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
/** Collecting takes as long as a few starts. */
const WORTH_IT = 40 * 1024 * 1024;
let least = 100 * 1024 * 1024;
afterEach(() => {
  if (process.memoryUsage.rss() < least + WORTH_IT) return;
  collect();
  least = Math.max(least, process.memoryUsage.rss());
});
