/** A runner that is revoked while it is away comes back to every vote that its change needed, and pushes nothing. */
import { expect, test } from 'vitest';
import { startFederation } from './federation.ts';
import { idealSuite } from './ideal-suite.ts';
import { approve, ask, asked, reached } from './story.ts';

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
