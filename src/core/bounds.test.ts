/** Bounds that hang on one another. */
import { expect, test } from 'vitest';
import { STOPPING_MS, TIMEOUTS } from './bounds.ts';

test('an agent that ends as slowly as it may has ended before its runner is killed, and that before `up` exits', () => {
  const { grace, settling, server, command } = STOPPING_MS;
  expect(TIMEOUTS.cancel.most).toBe(10_000);
  expect(settling).toBeGreaterThanOrEqual(2_000);
  expect(TIMEOUTS.cancel.most + grace + settling).toBeLessThanOrEqual(server);
  expect(server).toBeLessThan(command);
});
