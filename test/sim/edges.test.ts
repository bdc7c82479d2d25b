/** A removed edge ends what runs over it, on every side, with a reason. */
import { expect, test } from 'vitest';
import { EntangleError } from '../../src/core/errors.ts';
import { type Federation, startFederation } from './federation.ts';
import { tagOf } from './single-home.ts';
import { ask, atHost, reached, tryAsk, waited } from './story.ts';

const HANG = 600_000;
const start = (): Promise<Federation> =>
  startFederation({
    people: { alice: {}, bob: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder', 'alice approves builder'],
    script: ({ task, sleep }) => (task === 'hang' ? sleep(HANG) : undefined),
  });
const withoutDelegation = (file: ReturnType<Federation['graph']>): void => {
  file.edges = file.edges.filter((edge) => !String(edge).includes('delegates_to'));
};
const isOfBob = (edge: unknown): boolean => JSON.stringify(edge).includes('bob');
/** Of which revision somebody's newest routes are. */
const toldOf = (fed: Federation, person: string): number | undefined => {
  const { tables, self } = fed.people[person]!.home;
  return tables.get('routes', self.pubkey)?.revision;
};
const hanging = async (fed: Federation): Promise<string> => {
  const session = await ask(fed, 'alice', 'builder', 'hang');
  await fed.until('an engine at work', () => fed.runs.length === 1);
  return session;
};

test('T46 stops the running engine, ends the session at its owner, and the requester is told why', async () => {
  const fed = await start();
  const session = await hanging(fed);
  await fed.applyGraph(withoutDelegation);
  const told = await waited(fed, 'alice', session);
  expect(told).toMatchObject({ code: 'denied', message: expect.stringContaining('edge_removed') });
  await fed.until('the end at the Host', () => atHost(fed, session) === 'failed edge_removed');
  expect(fed.runs.map(({ ended }) => ended?.reason)).toEqual(['cancelled']);
  expect(fed.time.elapsed()).toBeLessThan(HANG);
  expect(await tryAsk(fed, 'alice', 'builder', 'more')).toMatchObject({ code: 'denied' });
});

test('removed with its person: they are told, and asked for no more patience', async () => {
  const fed = await start();
  const session = await hanging(fed);
  await fed.applyGraph((file) => {
    delete file.nodes.alice;
    file.edges = ['bob delegates_to builder'];
  });
  expect(await waited(fed, 'alice', session)).toMatchObject({ code: 'denied' });
  const again = await tryAsk(fed, 'alice', 'builder', 'more');
  expect(again).toMatchObject({ code: 'denied', message: expect.stringContaining('graph') });
});

test.each([
  ['as it was', () => {}],
  [
    'with a node that starts anew',
    (file: ReturnType<Federation['graph']>) => {
      file.nodes.builder!.policy = { sandbox: 'none', budget: { time: '50m' } };
    },
  ],
])(
  'comes back %s: what ended with it stays ended, its task is not run again, and its requester is told',
  async (_how, change) => {
    const fed = await start();
    const session = await hanging(fed);
    const before = fed.graph();
    await fed.applyGraph(withoutDelegation);
    await fed.until('the end at the Host', () => atHost(fed, session) === 'failed edge_removed');
    await fed.applyGraph((file) => {
      file.edges = before.edges;
      change(file);
    });
    const told = await waited(fed, 'alice', session);
    expect(told).toBeInstanceOf(EntangleError);
    expect(String(told)).toContain('edge_removed');
    const result = () => fed.people.alice!.home.tables.get('sessions', session)?.reason === 'edge_removed';
    await fed.until('the owner’s own word', result);
    // What is asked now is done after whatever would have come back.
    await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'more'), 'completed');
    expect(fed.runs.map(({ task }) => task)).toEqual(['hang', 'more']);
    expect(atHost(fed, session)).toBe('failed edge_removed');
  },
);

test('T180 whom a revision does not concern is not told of it, and works on with those whom it does', async () => {
  const fed = await start();
  await fed.applyGraph((file) => void file.edges.push('bob delegates_to builder'));
  await fed.until('bob told', () => toldOf(fed, 'bob') === 2);
  // Its node runs
  expect(await waited(fed, 'alice', await ask(fed, 'alice', 'builder', 'zero'))).toMatchObject({
    state: 'completed',
  });
  const { disk, tables } = fed.people.alice!.home;
  const told = () => disk.lines.filter(({ event }) => tagOf(event, 'type') === 'routes').map(({ n }) => n);
  const [before, revision] = [told(), toldOf(fed, 'alice')];
  for (const rate of ['5/hour', '6/hour'])
    await fed.applyGraph((file) => {
      file.edges = file.edges.filter((edge) => !isOfBob(edge));
      file.edges.push({ from: 'bob', relation: 'delegates_to', to: 'builder', rate });
    });
  await fed.until('bob told again', () => toldOf(fed, 'bob') === 4);
  const [alices, bobs] = [await ask(fed, 'alice', 'builder', 'one'), await ask(fed, 'bob', 'builder', 'two')];
  expect(await waited(fed, 'alice', alices)).toMatchObject({ state: 'completed' });
  expect(await waited(fed, 'bob', bobs)).toMatchObject({ state: 'completed' });
  expect([told(), toldOf(fed, 'alice')]).toEqual([before, revision]);
  expect(tables.list('held_messages')).toEqual([]);
});
