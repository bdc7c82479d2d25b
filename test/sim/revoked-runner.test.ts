/** A runner that is revoked while it is away comes back to every vote that its change needed, and pushes nothing. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { createIntruder, keyOf } from './intruder.ts';
import { faultsOf } from './invariants.ts';
import { observed, turnObserved } from './lies-kit.ts';
import type { Part } from './part.ts';
import { refusedBy } from './refused.ts';
import { approve, ask, asked, cancel, reached, shown } from './story.ts';

const idOf = (n: number): string => `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`;
/** What its neighbour knows it by. */
const helperKey = ({ runners }: Federation): string | null | undefined =>
  runners.r1!.home.tables.list('peers').find(({ name }) => name === 'helper')?.pubkey;
const knowsNot = ({ home }: Part<unknown>, pubkey: string): boolean =>
  home.tables.list('peers').every((peer) => peer.pubkey !== pubkey);

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

test('T192 one that is revoked, hears nothing of it and says two hundred things more: none is taken, and the next one does the task', async () => {
  const fed = await startFederation({
    people: { alice: {}, bob: {} },
    agents: { builder: {}, helper: { placement: { labels: { at: 'there' } } } },
    edges: [
      'alice delegates_to builder',
      'alice approves builder',
      'builder delegates_to helper',
      'helper delegates_to builder',
    ],
    runners: { r1: {}, r2: { labels: { at: 'there' } } },
    suite: idealSuite,
    script: async ({ write, sleep }) => {
      await sleep(30_000);
      write('done.txt', `turn ${fed.runs.length}`);
    },
  });
  const session = await ask(fed, 'alice', 'builder', 'mend it');
  await fed.until('its turn', () => fed.runs.length === 1);
  const helper = await fed.until('a key of helper', () => helperKey(fed));
  // Its process ends here, and whoever has its machine goes on with its keys
  fed.runners.r1!.crash();
  const intruder = createIntruder(fed, idealSuite);
  const [runner, node] = [keyOf(fed.runners.r1!.home), intruder.nodeKey('r1', 'builder')];
  await fed.trust('r1', 'revoked');
  await fed.until('the cut', () =>
    [fed.people.alice!, fed.runners.r2!].every((one) => knowsNot(one, node.pubkey)),
  );
  const others = [fed.host, fed.people.alice!, fed.people.bob!, fed.runners.r2!];
  const taken = () =>
    others.flatMap(({ disk }) =>
      disk.lines.filter(
        ({ dir, event }) => dir === 'in' && [runner.pubkey, node.pubkey].includes(event.pubkey),
      ),
    ).length;
  const before = taken();
  const { host } = fed.host.home;
  const alice = fed.people.alice!.home.self.pubkey;
  const ends = { session, attempt: 1, step: 9, state: 'completed' };
  const about = { attempt: 1, task: 'more', budget: { hops: 8, turns: 50, path: ['builder'] } };
  const sayings: ((n: number) => Promise<void>)[] = [
    () => intruder.say(node, 'task.result', alice, ends, { role: 'node' }),
    () => intruder.say(node, 'task.update', alice, { ...ends, state: 'active' }, { role: 'node' }),
    (n) => intruder.say(node, 'task.request', helper, { ...about, session: idOf(n) }, { role: 'node' }),
    () => intruder.say(runner, 'session.observed', host, observed(fed, session), { role: 'runner' }),
    () => intruder.say(runner, 'turn.observed', host, turnObserved(session), { role: 'runner' }),
  ];
  const saySome = async (from: number, to: number): Promise<void> => {
    for (let n = from; n < to; n++) await sayings[n % sayings.length]!(n);
  };
  await saySome(0, 100);
  await fed.until('the next turn', () => fed.runs.length === 2);
  await saySome(100, 200);
  const { attempt } = await reached(fed, 'alice', session, 'completed');
  await fed.time.pass(30_000);
  expect([attempt, fed.runs.map((run) => run.runner)]).toEqual([2, ['r1', 'r2']]);
  expect(taken()).toBe(before);
  expect(fed.remote.show(`entangle/builder/${session}`)).toMatchObject({ 'done.txt': 'turn 2' });
  expect(fed.remote.updates).toHaveLength(1);
  const refused = (one: (typeof others)[number]) =>
    refusedBy(one).map(({ reason, count }) => `${count} ${reason}`);
  expect(Object.fromEntries(others.map((one) => [one.name, refused(one)]))).toEqual({
    host: ['80 revoked'],
    alice: ['80 unknown_signer'],
    bob: [],
    r2: ['40 unknown_signer'],
  });
  expect(faultsOf(fed)).toEqual([]);
  await fed.close();
});
