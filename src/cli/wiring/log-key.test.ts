/** The key of the log is made once. */
import { expect, test } from 'vitest';
import { memoryKeyStore } from '../../../test/sim/memory-machine.ts';
import { logKeyOf } from './log-key.ts';

test('a Host makes it when it first serves, and has the same from then on', async () => {
  const keys = memoryKeyStore(new Map());
  const made = await logKeyOf(keys);
  expect([made.length, await keys.list()]).toEqual([32, ['log']]);
  expect(await logKeyOf(keys)).toEqual(made);
  expect(await logKeyOf(memoryKeyStore(new Map()))).not.toEqual(made);
});
