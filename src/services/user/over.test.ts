/** What a person who looks at what is open hears of what is over. */
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { inboxPage } from './live.ts';
import { overOf } from './over.ts';

test('nothing is over at first; what completed is over and did not fail', async () => {
  const { alice, complete } = await startSingleSession();
  expect(overOf(alice.home)).toEqual({ sessions: 0, failed: 0 });
  await complete();
  expect(overOf(alice.home)).toEqual({ sessions: 1, failed: 0 });
  expect((await inboxPage(alice.user, false, { waitMs: 0 })).over).toEqual({ sessions: 1, failed: 0 });
  expect(await inboxPage(alice.user, true, { waitMs: 0 })).not.toHaveProperty('over');
});

test('what lost its edge failed, and is told of for a day', async () => {
  const alice = await startSingleUser();
  await alice.launch();
  await alice.hearRoutes(undefined, USER_GRAPH.replace('alice delegates_to builder, ', ''));
  expect(overOf(alice.home)).toEqual({ sessions: 1, failed: 1 });
  const later = { ...alice.home.clock, now: () => alice.home.clock.now() + 2 * 86_400_000 };
  expect(overOf({ ...alice.home, clock: later })).toEqual({ sessions: 1, failed: 0 });
});

test.each([
  ['turn_failed', 1],
  ['approval_rejected', 0],
] as const)('what ended with %s counts as %i that failed', async (reason, failed) => {
  const { alice, complete } = await startSingleSession();
  await complete({ state: 'failed', reason });
  expect(overOf(alice.home)).toEqual({ sessions: 1, failed });
});
