/** A runner that is revoked while it is away comes back to every vote that its change needed, and pushes nothing. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { approve, ask, asked, cancel, reached, shown } from './story.ts';

test('what was approved for a revoked runner is pushed by none; the next one does the task anew, and asks anew', async () => {
  const approval = { 'source.publish': { by: ['alice', 'bob'], quorum: 2 } };
  const fed = await startFederation({
    people: { alice: {}, bob: {} },
    agents: { builder: { policy: { approval } } },
    edges: ['alice delegates_to builder', 'alice approves builder', 'bob approves builder'],
    suite: idealSuite,
    script: ({ write }) => write('done.txt', `turn ${fed.runs.length}`),
  });
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  const branch = `entangle/builder/${session}`;
  await asked(fed, 'alice', session);
  await asked(fed, 'bob', session);
  fed.runners.r1!.crash();
  const first = await approve(fed, 'alice', session);
  await approve(fed, 'bob', session);
  await fed.trust('r1', 'revoked');
  await fed.finish('the start', fed.runners.r1!.start());
  await fed.time.pass(60_000);
  expect(fed.remote.branches.has(branch)).toBe(false);

  await fed.addRunner('r2');
  await fed.trust('r2');
  const second = await approve(fed, 'alice', session);
  expect(second).not.toBe(first);
  await fed.time.pass(60_000);
  expect(fed.remote.branches.has(branch)).toBe(false);
  await approve(fed, 'bob', session);
  const { approvals } = await reached(fed, 'alice', session, 'completed');
  expect(approvals.map(({ id, state }) => [id, state])).toEqual([
    [first, 'invalidated'],
    [second, 'approved'],
  ]);
  expect(fed.remote.show(branch)).toMatchObject({ 'done.txt': 'turn 2' });
  await fed.close();
});

test('what was cancelled while nobody ran its node is over for its requester, and the next runner does not do it', async () => {
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    suite: idealSuite,
    script: async ({ write, sleep }) => {
      write('done.txt', 'done');
      await sleep(30_000);
    },
  });
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  await reached(fed, 'alice', session, 'active');
  await fed.trust('r1', 'revoked');
  const { tables, self } = fed.people.alice!.home;
  const keyOf = () => tables.get('peers', self.pubkey, 'builder')?.pubkey;
  await fed.until('routes without the key', () => keyOf() === null);
  await cancel(fed, 'alice', session);
  const ended = { state: 'cancelled', reason: 'cancelled_by_requester' };
  expect(shown(fed, 'alice', session)).toMatchObject(ended);
  await fed.addRunner('r2');
  await fed.trust('r2');
  await fed.until('the next key', keyOf);
  await fed.time.pass(90_000);
  expect(shown(fed, 'alice', session)).toMatchObject(ended);
  expect(fed.runs.map(({ runner }) => runner)).toEqual(['r1']);
  expect(fed.remote.branches.has(`entangle/builder/${session}`)).toBe(false);
  await fed.close();
});
