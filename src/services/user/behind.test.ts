/** A home that missed an epoch of the Host: what a person is shown of it, and until when. */
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { EPOCH } from '../../../test/support/world.ts';
import { UNREACHED_MS } from '../../core/bounds.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { liveView } from './live.ts';
import { troublesOf } from './troubles.ts';
import { waitForSession } from './wait.ts';

const LATER = { n: EPOCH.n + 1, boot: 'b9'.repeat(16) };
type Alice = Awaited<ReturnType<typeof startSingleUser>>;
/** The node speaks as the Host's next epoch has it. */
const hearLater = (alice: Pick<Alice, 'hear'>) =>
  alice.hear({
    ...{ type: 'blob.get', from: 'node', to: 'user', epoch: LATER },
    body: { sha256: 'ab'.repeat(32) },
  });

test('what waits for an epoch is no news at once, and over when the Host told of it', async () => {
  const alice = await startSingleUser();
  await alice.acknowledge();
  await hearLater(alice);
  const since = shownTime(alice.time.clock.now() / 1000);
  await alice.time.pass(UNREACHED_MS - 1_000);
  expect(troublesOf(alice.user)).toEqual([]);
  await hearLater(alice);
  await alice.time.pass(1_000);
  expect(troublesOf(alice.user)).toEqual([
    {
      ...{ what: 'behind', id: `behind ${EPOCH.n}`, node: 'host', session: null, state: 'held' },
      ...{ epoch: EPOCH.n, title: 'this home does not follow the Host', messages: 1, since },
    },
  ]);
  expect(liveView(alice.user).items.map(({ what }) => what)).toEqual(['behind']);
  const { body } = alice.heard('routes').at(-1)!;
  const routes = { type: 'routes', from: 'host', to: 'user' } as const;
  await alice.hear({ ...routes, epoch: LATER, body: { ...body, n: body.n + 1 } });
  await alice.time.pass(1_000);
  expect(troublesOf(alice.user)).toEqual([]);
});

test('what waits for something else is none of it', async () => {
  const alice = await startSingleUser();
  await alice.acknowledge();
  const row = { id: 'one', signer: 'node', me: alice.home.self.pubkey, awaits: 'revision 9', line: 1 };
  alice.home.tables.put('held_messages', { ...row, reason: 'revision_ahead', at: 0 });
  expect(troublesOf(alice.user)).toEqual([]);
});

test('who waits for a session is told of it', async () => {
  const { alice } = await startSingleSession();
  await hearLater(alice);
  await alice.time.pass(UNREACHED_MS);
  const told: string[] = [];
  const waited = waitForSession(alice.user, SESSION, { timeoutMs: 2_000, tell: (text) => told.push(text) });
  const ended = waited.catch(({ code }) => code);
  expect(await alice.time.finish('the wait', ended)).toBe('timed_out');
  expect(told).toContain('this home does not follow the Host: entangle user inbox');
});
