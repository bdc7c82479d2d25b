/** A node that gets another key while its requester has not heard how the task ended. */
import { expect, test } from 'vitest';
import { type Federation, startFederation } from './federation.ts';
import { idealSuite } from './ideal-suite.ts';
import { faultsOf } from './invariants.ts';
import { ask, cancel, reached } from './story.ts';

const start = (): Promise<Federation> =>
  startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    suite: idealSuite,
    script: async ({ task, write, sleep }) => {
      write('done.txt', task);
      if (task === 'long') await sleep(60_000);
    },
  });
const atRunner = (fed: Federation, session: string) => fed.runners.r1!.home.tables.get('sessions', session);
/** The runner goes before it can tell, and the node gets another key before it is back. */
const replaceUntold = async (fed: Federation): Promise<void> => {
  const { r1 } = fed.runners;
  const { tables, self } = fed.people.alice!.home;
  await fed.finish(
    'the disk',
    r1!.home.ledger.append(() => []),
  );
  r1!.crash();
  await fed.applyGraph((file) => {
    file.nodes.builder!.policy = { sandbox: 'none', budget: { time: '20m' } };
  });
  await fed.until(
    'routes without the key',
    () => tables.get('peers', self.pubkey, 'builder')?.pubkey === null,
  );
  await fed.finish('the start', r1!.start());
};

test('one that ended is told by the new key: it is not done twice, and nobody waits for ever', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'short');
  await fed.until('the end at the runner', () => atRunner(fed, session)?.state === 'completed');
  await replaceUntold(fed);
  const seen = await reached(fed, 'alice', session, 'completed');
  const commit = fed.remote.branches.get(`entangle/builder/${session}`);
  expect(seen).toMatchObject({ attempt: 2, commit, artifacts: [{ commit }] });
  expect(fed.runs.length).toBe(1);
  await fed.time.pass(60_000);
  expect(faultsOf(fed)).toEqual([]);
  // What the old key had to say, nobody would hear: it is not sent for ever.
  expect(fed.runners.r1!.home.tables.list('outbox')).toEqual([]);
});

test('one that was cancelled stays cancelled', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'long');
  await reached(fed, 'alice', session, 'active');
  await cancel(fed, 'alice', session);
  await fed.until('the end at the runner', () => atRunner(fed, session)?.state === 'cancelled');
  await replaceUntold(fed);
  expect((await reached(fed, 'alice', session, 'cancelled')).reason).toBe('cancelled_by_requester');
  expect(fed.runs.length).toBe(1);
  await fed.time.pass(60_000);
  expect(fed.runners.r1!.home.tables.list('outbox')).toEqual([]);
});

test('one that was cancelled before its runner went for good is done by no other', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'long');
  await reached(fed, 'alice', session, 'active');
  await fed.addRunner('r2');
  await fed.trust('r2');
  fed.runners.r1!.crash();
  await cancel(fed, 'alice', session);
  await fed.trust('r1', 'revoked');
  expect((await reached(fed, 'alice', session, 'cancelled')).reason).toBe('cancelled_by_requester');
  expect(fed.runs.map(({ runner }) => runner)).toEqual(['r1']);
  await fed.time.pass(60_000);
  expect(faultsOf(fed)).toEqual([]);
});

test('one that was cancelled is not asked of a key that could not be told so', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'long');
  await reached(fed, 'alice', session, 'active');
  fed.runners.r1!.crash();
  await cancel(fed, 'alice', session);
  await fed.applyGraph((file) => {
    file.nodes.builder!.policy = { sandbox: 'none', budget: { time: '20m' } };
    const only = ['task.request', 'task.accept', 'task.update', 'task.result'];
    file.edges = [{ from: 'alice', relation: 'delegates_to', to: 'builder', only }];
  });
  await fed.addRunner('r2');
  await fed.trust('r2');
  await fed.trust('r1', 'revoked');
  const { tables, self } = fed.people.alice!.home;
  await fed.until('the next key', () => tables.get('peers', self.pubkey, 'builder')?.pubkey);
  await fed.time.pass(60_000);
  expect(fed.runs.map(({ runner }) => runner)).toEqual(['r1']);
  expect(fed.people.alice!.log).toEqual([]);
});
