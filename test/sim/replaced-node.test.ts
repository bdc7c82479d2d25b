/** A node that gets another key while its requester has not heard how the task ended. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { ask, cancel, reached, shown } from './story.ts';

const start = (): Promise<Federation> =>
  startFederation({
    people: { alice: {} },
    agents: { builder: {}, helper: {} },
    edges: ['alice delegates_to builder', 'builder delegates_to helper'],
    suite: idealSuite,
    script: async ({ task, write, sleep, delegate, print }) => {
      if (task.startsWith('give ')) return print(JSON.stringify(await delegate('helper', task.slice(5))));
      write('done.txt', task);
      if (task === 'long') await sleep(60_000);
    },
  });
const atRunner = (fed: Federation, session: string) => fed.runners.r1!.home.tables.get('sessions', session);
/** The runner goes before it can tell, and the node gets another key before it is back. */
const replaceUntold = async (fed: Federation, node = 'builder', repository?: string): Promise<void> => {
  const { r1 } = fed.runners;
  const { tables, self } = fed.people.alice!.home;
  await fed.finish(
    'the disk',
    r1!.home.ledger.append(() => []),
  );
  r1!.crash();
  if (fed.relays[0]!.state !== 'up') fed.relays[0]!.setState('up');
  await replaceKey(fed, node, repository);
  if (node === 'builder')
    await fed.until('routes without the key', () => tables.get('peers', self.pubkey, node)?.pubkey === null);
  await fed.finish('the start', r1!.start());
};
const replaceKey = (fed: Federation, node: string, repository?: string) =>
  fed.applyGraph((file) => {
    if (repository !== undefined) file.nodes[node]!.workspace = { repository, base: 'main' };
    file.nodes[node]!.policy = { sandbox: 'none', budget: { time: '20m' } };
  });
const tasksOf = (fed: Federation) => fed.runs.map(({ task }) => task);

test('one that ended is told by the new key: it is not done twice, and nobody waits for ever', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'short');
  await fed.until('the push', () => fed.remote.updates.length === 1);
  // However soon it is told, nobody hears it
  fed.relays[0]!.setState('refusing');
  await fed.until('the end at the runner', () => atRunner(fed, session)?.state === 'completed');
  await replaceUntold(fed);
  await reached(fed, 'alice', session, 'completed');
  // Which of the two messages comes first is the relay's
  await fed.until('its artifact', () => (shown(fed, 'alice', session)?.artifacts.length ?? 0) > 0);
  const commit = fed.remote.branches.get(`entangle/builder/${session}`);
  expect(shown(fed, 'alice', session)).toMatchObject({ attempt: 2, commit, artifacts: [{ commit }] });
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
  await fed.until('its turn', () => fed.runs.length > 0);
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

test.each(['', 'give '])(
  'what it had pushed (%j) when it went is told by the new key, and not done again',
  async (how) => {
    const fed = await start();
    // The ref is written, and no answer comes back
    fed.remote.losesAnswers = 1;
    const session = await ask(fed, 'alice', 'builder', `${how}short`);
    await fed.until('the push', () => fed.remote.updates.length === 1);
    await replaceUntold(fed, how === '' ? 'builder' : 'helper');
    fed.remote.losesAnswers = 0;
    const seen = await reached(fed, 'alice', session, 'completed');
    const commit = fed.remote.updates[0]!.to;
    expect(how === '' ? seen.commit : JSON.parse(seen.summary!).commit).toBe(commit);
    expect(tasksOf(fed)).toEqual(how === '' ? ['short'] : ['give short', 'short', 'give short']);
    await fed.time.pass(60_000);
    expect(fed.remote.updates.length).toBe(1);
    expect(faultsOf(fed)).toEqual([]);
  },
);

test('what was pushed elsewhere is told to be there, though the graph names another repository by now', async () => {
  const fed = await start();
  fed.remote.losesAnswers = 1;
  const session = await ask(fed, 'alice', 'builder', 'short');
  await fed.until('the push', () => fed.remote.updates.length === 1);
  const before = fed.graph().nodes.builder!.workspace as { repository: string };
  await replaceUntold(fed, 'builder', 'file:///other');
  fed.remote.losesAnswers = 0;
  await reached(fed, 'alice', session, 'completed');
  // A relay may give it after the end
  await fed.until('its place', () => fed.people.alice!.home.tables.list('artifacts', { session })[0]);
  const { artifacts } = shown(fed, 'alice', session)!;
  expect(artifacts.map(({ repository }) => repository)).toEqual([before.repository]);
  expect(fed.remote.updates.length).toBe(1);
});

test('a branch that somebody made meanwhile is no sign that it was pushed: it is done again, on top of it', async () => {
  const fed = await start();
  fed.remote.refusal = 'a hook says no';
  const session = await ask(fed, 'alice', 'builder', 'short');
  const branch = `entangle/builder/${session}`;
  await fed.until('the attempt', () => fed.runners.r1!.home.tables.get('publishes', session, 1));
  await replaceUntold(fed);
  const theirs = fed.remote.move(branch, { 'b.txt': 'b\n' });
  fed.remote.refusal = null;
  const { commit } = await reached(fed, 'alice', session, 'completed');
  expect(fed.remote.updates).toEqual([{ branch, from: theirs, to: commit }]);
  expect(fed.remote.show(branch)).toMatchObject({ 'b.txt': 'b\n', 'done.txt': 'short' });
  expect(tasksOf(fed)).toEqual(['short', 'short']);
});

test('where nobody can say whether it was pushed, the session ends: it is not pushed again', async () => {
  const fed = await start();
  fed.remote.losesAnswers = 1;
  const session = await ask(fed, 'alice', 'builder', 'short');
  await fed.until('the push', () => fed.remote.updates.length === 1);
  await replaceUntold(fed);
  Object.assign(fed.remote, { reachable: false, losesAnswers: 0 });
  const seen = await reached(fed, 'alice', session, 'failed');
  expect(seen.reason).toBe('remote_unknown');
  expect(tasksOf(fed)).toEqual(['short']);
  fed.remote.reachable = true;
  await fed.time.pass(60_000);
  expect(fed.remote.updates.length).toBe(1);
});

test('a node that waits for another asks its new key, under the next attempt', async () => {
  const fed = await start();
  const session = await ask(fed, 'alice', 'builder', 'give long');
  await fed.until('the turn of the helper', () => fed.runs.length === 2);
  await replaceKey(fed, 'helper');
  const { session: child, commit } = JSON.parse((await reached(fed, 'alice', session, 'completed')).summary!);
  expect(fed.remote.branches.get(`entangle/helper/${child}`)).toBe(commit);
  expect(atRunner(fed, child)?.attempt).toBe(2);
  expect(tasksOf(fed)).toEqual(['give long', 'long', 'long']);
  await fed.time.pass(60_000);
  expect(faultsOf(fed)).toEqual([]);
});
