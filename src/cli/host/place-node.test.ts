/** A move as its operator asks for it, over the real Host behind its API. */
import { expect, test } from 'vitest';
import { startSingleHost } from '../../../test/sim/single-host.ts';
import { moveGivenNode } from './place-node.ts';

/** The node runs on r1, which acknowledges nothing that it is told; r2 is there. */
const hanging = async () => {
  const one = await startSingleHost();
  await one.place();
  await one.addRunner('runner2', 'r2');
  await one.time.pass(1_000);
  return one;
};
const flags = { yes: true, 'no-input': true, to: undefined, wait: undefined };

test('away from a runner that hangs does not go back to it when it is asked for again', async () => {
  const one = await hanging();
  expect(await moveGivenNode(one.client, 'builder', flags)).toMatchObject({ from: 'r1', runner: 'r2' });
  await one.time.pass(1_000);
  expect(await moveGivenNode(one.client, 'builder', flags)).toMatchObject({ from: null, runner: 'r2' });
});

test('that is waited for in vain names the runner that it hangs on', async () => {
  const one = await hanging();
  await expect(moveGivenNode(one.client, 'builder', { ...flags, wait: 0 })).rejects.toMatchObject({
    code: 'timed_out',
    message:
      '"builder" is not offered to r2 yet: r1 has not acknowledged that it runs it no more, and its lease may hold',
    hint: expect.stringContaining('`entangle host runner show r1`'),
  });
});
