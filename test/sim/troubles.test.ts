/** What is in the way of people's work appears within seconds and goes by itself, in a whole federation on virtual time. */
import { afterEach, describe, expect, test } from 'vitest';
import { UNREACHED_MS, UNSENT_MS } from '../../src/core/bounds.ts';
import { listSessions } from '../../src/services/host/sessions.ts';
import { status } from '../../src/services/host/status.ts';
import { liveView } from '../../src/services/user/live.ts';
import { troublesOf } from '../../src/services/user/troubles.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, type FederationOptions, startFederation } from './federation.ts';
import { approve, ask, reached, tryAsk, userOf } from './story.ts';

let fed: Federation;
const start = async (options: Partial<FederationOptions> = {}): Promise<void> => {
  fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    suite: idealSuite,
    ...options,
  });
};
afterEach(() => fed.close());

/** What stands in the way of a person, as it is on their screen. */
const troubles = (person = 'alice'): string[] =>
  liveView(userOf(fed, person)).items.flatMap((one) =>
    troublesOf(userOf(fed, person)).some(({ id }) => id === one.id)
      ? [`${one.what} ${one.node} ${one.state}`]
      : [],
  );
/** Resolves with how many seconds it took. */
const within = async (what: string, words: string[], person = 'alice'): Promise<number> => {
  const before = fed.time.elapsed();
  await fed.until(what, () => JSON.stringify(troubles(person)) === JSON.stringify(words));
  return (fed.time.elapsed() - before) / 1000;
};
/** Beside the bound: a look, a retry, and the answer of a relay. */
const SLACK = 5;

test('what is signed while no relay is there is unsent after seconds, and done when one is back', async () => {
  await start();
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'completed');
  expect(troubles()).toEqual([]);
  for (const relay of fed.relays) relay.setState('down');
  const session = (await tryAsk(fed, 'alice', 'builder', 'second')) as string;
  const took = await within('the row', ['unsent builder unrelayed']);
  expect(took).toBeLessThanOrEqual(UNSENT_MS / 1000 + SLACK);
  for (const relay of fed.relays) relay.setState('up');
  await reached(fed, 'alice', session, 'completed');
  await within('no row', []);
});

test('what is signed for somebody who is away is unacknowledged after seconds, and done when they are back', async () => {
  await start();
  const runner = fed.runners.r1!;
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'completed');
  await fed.finish('the stop', runner.stop());
  const session = (await tryAsk(fed, 'alice', 'builder', 'second')) as string;
  const took = await within('the row', ['unsent builder unacknowledged']);
  expect(took).toBeLessThanOrEqual(UNREACHED_MS / 1000 + SLACK);
  await fed.finish('the start', runner.start());
  await reached(fed, 'alice', session, 'completed');
  await within('no row', []);
});

test('a second Host under the same key is a conflict within seconds, obeyed in nothing, and over with the next epoch', async () => {
  await start();
  const { alice } = fed.people;
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'completed');
  const epoch = () => alice!.home.tables.get('epoch', 'host')!;
  const [before, copy] = [epoch(), fed.copyHost()];
  // Both go on from one home: what each claims next is the same epoch
  await fed.finish('the stop', fed.host.stop());
  await fed.finish('the start', fed.host.start());
  await fed.until('the routes of the first', () => epoch().n === before.n + 1);
  const [followed, routes] = [epoch(), alice!.home.tables.get('routes', alice!.home.self.pubkey)];
  await fed.finish('the start of the other', copy.start());
  expect(await within('the row', ['conflict host refused'])).toBeLessThanOrEqual(SLACK);
  expect(epoch()).toEqual(followed);
  expect(alice!.home.tables.get('routes', alice!.home.self.pubkey)).toEqual(routes);
  expect(troublesOf(userOf(fed, 'alice'))).toMatchObject([
    { what: 'conflict', epoch: followed.n, obeyed: followed.boot, refused: [copy.home.epoch!.boot] },
  ]);
  // Also when the projection is made anew
  await fed.finish('the end of alice', alice!.stop());
  alice!.damage();
  await fed.finish('the start of alice', alice!.start());
  await within('the row', ['conflict host refused']);
  await fed.finish('the end of the other', copy.stop());
  await fed.finish('the stop', fed.host.stop());
  await fed.takeOver(fed.host);
  expect(await within('no row', [])).toBeLessThanOrEqual(SLACK);
});

describe('a muted agent', () => {
  const APPROVED = {
    people: { alice: {}, bob: {} },
    agents: { builder: { policy: { approval: { 'source.publish': { by: ['bob'], quorum: 1 } } } } },
    edges: ['alice delegates_to builder', 'bob approves builder'],
  };
  const atHost = () =>
    listSessions(fed.host.home).items.flatMap(({ node, waits }) =>
      waits.map((one) => `${node}: ${one.node} waits for ${one.name} ${one.ask}`),
    );

  test('waits for an approver who is away: the requester and the Host see it in seconds, until they are back', async () => {
    await start(APPROVED);
    const bob = fed.people.bob!;
    await fed.finish('the end of bob', bob.stop());
    const session = await ask(fed, 'alice', 'builder', 'first');
    await reached(fed, 'alice', session, 'waiting_approval');
    expect([troubles(), atHost()]).toEqual([[], []]);
    const took = await within('the row', ['muted builder unreached']);
    expect(took).toBeLessThanOrEqual(UNREACHED_MS / 1000 + SLACK);
    expect(troublesOf(userOf(fed, 'alice'))).toMatchObject([
      { session, title: 'first', waits: [{ node: 'builder', name: 'bob', ask: 'approval' }] },
    ]);
    await fed.until('the Host to know', () => atHost().length > 0);
    expect(atHost()).toEqual(['builder: builder waits for bob approval']);
    expect(status(fed.host.running!.host).muted).toBe(1);
    const { alice } = fed.people;
    await fed.finish('the end of alice', alice!.stop());
    alice!.damage();
    await fed.finish('the start of alice', alice!.start());
    expect(troubles()).toEqual(['muted builder unreached']);
    await fed.finish('the start of bob', bob.start());
    expect(await within('no row', [])).toBeLessThanOrEqual(SLACK);
    await fed.until('the Host to know', () => atHost().length === 0);
    expect(status(fed.host.running!.host).muted).toBe(0);
    await approve(fed, 'bob', session);
    await reached(fed, 'alice', session, 'completed');
  });

  test('is none where somebody who was reached is enough, and is one where a quorum is not', async () => {
    const people = { alice: {}, bob: {}, carol: {} };
    const edges = [...APPROVED.edges, 'carol approves builder'];
    const by = (quorum: number) => ({
      builder: { policy: { approval: { 'source.publish': { by: ['bob', 'carol'], quorum } } } },
    });
    await start({ people, edges, agents: by(1) });
    await fed.finish('the end of bob', fed.people.bob!.stop());
    const session = await ask(fed, 'alice', 'builder', 'first');
    await reached(fed, 'alice', session, 'waiting_approval');
    await fed.finish('a while', fed.time.clock.sleep(2 * UNREACHED_MS));
    expect(troubles()).toEqual([]);
    await fed.close();
    await start({ people, edges, agents: by(2), seed: 'quorum' });
    await fed.finish('the end of bob', fed.people.bob!.stop());
    await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'waiting_approval');
    await within('the row', ['muted builder unreached']);
    expect(troublesOf(userOf(fed, 'alice'))).toMatchObject([{ waits: [{ name: 'bob' }] }]);
  });

  test('that was given the task by another one mutes that one too', async () => {
    await start({
      ...APPROVED,
      agents: { ...APPROVED.agents, planner: {} },
      edges: ['alice delegates_to planner', 'planner delegates_to builder', 'bob approves builder'],
      script: async ({ task, write, delegate }) => {
        if (task === 'plan') await delegate('builder', 'build');
        else await write('done.txt', `${task}\n`);
      },
    });
    await fed.finish('the end of bob', fed.people.bob!.stop());
    const session = await ask(fed, 'alice', 'planner', 'plan');
    await within('the row', ['muted planner unreached']);
    expect(troublesOf(userOf(fed, 'alice'))).toMatchObject([
      { session, node: 'planner', waits: [{ node: 'builder', name: 'bob', ask: 'approval' }] },
    ]);
    await fed.finish('the start of bob', fed.people.bob!.start());
    await within('no row', []);
  });

  test('that waits for its own requester is one to the Host, and none to them when they are back', async () => {
    await start({
      ...APPROVED,
      people: { alice: {} },
      agents: { builder: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } } },
      edges: ['alice delegates_to builder', 'alice approves builder'],
    });
    const session = await ask(fed, 'alice', 'builder', 'first');
    await fed.until('the request', () => fed.runners.r1!.home.tables.get('sessions', session));
    await fed.finish('the end of alice', fed.people.alice!.stop());
    await fed.until('the Host to know', () => atHost().length > 0);
    expect(atHost()).toEqual(['builder: builder waits for alice approval']);
    const alice = fed.people.alice!;
    await fed.finish('the start of alice', alice.start());
    // What her node says of her is here for a moment: at no look is it shown
    const said = new Set<string>();
    const shown = new Set<string>();
    await fed.until('the Host to know', () => {
      for (const { unreached } of alice.home.tables.list('waits'))
        for (const { name } of unreached) said.add(name);
      for (const row of troubles()) if (row.startsWith('muted')) shown.add(row);
      return atHost().length === 0;
    });
    expect([[...said], [...shown]]).toEqual([['alice'], []]);
    await reached(fed, 'alice', session, 'waiting_approval');
  });
});
