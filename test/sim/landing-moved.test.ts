/** A node that lands on the branch of others and goes on at another runner: what was approved is there once, or it is said why not. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { approve, ask, asked, reached } from './story.ts';

const start = (): Promise<Federation> =>
  startFederation({
    people: { alice: {} },
    agents: {
      builder: {
        workspace: { repository: 'file:///remote', base: 'main', publish: 'target' },
        policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } },
      },
    },
    edges: ['alice delegates_to builder', 'alice approves builder'],
    suite: idealSuite,
    script: ({ task, read, write }) => write('done.txt', `${read('done.txt') ?? ''}${task}\n`),
  });

/** For good: another runner has the node from then on. */
const replaceRunner = async (fed: Federation): Promise<void> => {
  fed.runners.r1!.crash();
  await fed.addRunner('r2');
  await fed.trust('r2');
  await fed.trust('r1', 'revoked');
};
const runners = (fed: Federation) => fed.runs.map(({ runner }) => runner);

test('what landed and was told to nobody is not done again: the end names the commit, which is the approved one', async () => {
  const fed = await start();
  // The ref is written, and no answer comes back
  fed.remote.losesAnswers = 1;
  const session = await ask(fed, 'alice', 'builder', 'one');
  const { target } = await asked(fed, 'alice', session);
  await approve(fed, 'alice', session);
  await fed.until('the push', () => fed.remote.updates.length === 1);
  await replaceRunner(fed);
  fed.remote.losesAnswers = 0;
  // Others went on from there
  fed.remote.move('main', { 'theirs.txt': 'theirs\n' });
  const { summary } = await reached(fed, 'alice', session, 'failed');
  expect(summary).toContain(`branch "main" has commit ${target!.commit} of this session already`);
  expect(fed.remote.updates).toMatchObject([{ branch: 'main', to: target!.commit }]);
  expect(fed.remote.show('main')).toMatchObject({ 'done.txt': 'one\n', 'theirs.txt': 'theirs\n' });
  expect(runners(fed)).toEqual(['r1']);
  await fed.time.pass(60_000);
  expect([fed.remote.updates.length, faultsOf(fed)]).toEqual([1, []]);
});

test('what did not land is made anew and asked about anew, on top of what another session landed', async () => {
  const fed = await start();
  const other = await ask(fed, 'alice', 'builder', 'other');
  await approve(fed, 'alice', other);
  await reached(fed, 'alice', other, 'completed');
  const session = await ask(fed, 'alice', 'builder', 'one');
  const first = await asked(fed, 'alice', session);
  await replaceRunner(fed);
  const second = await fed.until('the next question', () =>
    fed.people
      .alice!.home.tables.list('approvals', { session, open: 1 })
      .find(({ id }) => id !== first.id && id !== undefined),
  );
  await approve(fed, 'alice', session);
  await reached(fed, 'alice', session, 'completed');
  expect(fed.remote.branches.get('main')).toBe(second.target!.commit);
  expect(fed.remote.show('main')).toMatchObject({ 'done.txt': 'other\none\n' });
  expect(runners(fed)).toEqual(['r1', 'r1', 'r2']);
  await fed.time.pass(60_000);
  // Of two sessions: it is the branch of both
  expect([fed.remote.updates.length, faultsOf(fed)]).toEqual([2, ['a push to main']]);
});
