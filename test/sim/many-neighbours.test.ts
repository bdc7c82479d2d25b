/** A person with more agents than a message of routes holds is governed like any other. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { ask, reached } from './story.ts';

const AGENTS = Array.from({ length: 120 }, (_, i) => `agent-${i}`);
let fed: Federation;
beforeAll(async () => {
  fed = await startFederation({
    people: { alice: {}, bob: {} },
    agents: Object.fromEntries(AGENTS.map((name) => [name, {}])),
    edges: [...AGENTS.map((name) => `alice delegates_to ${name}`), 'bob delegates_to agent-0'],
    runners: { r1: {}, r2: {} },
    suite: idealSuite,
  });
});
afterAll(() => fed.close());

const peersOf = (person: string) => {
  const { tables, self } = fed.people[person]!.home;
  return tables.list('peers', { owner: self.pubkey });
};
const allRun = () => peersOf('alice').filter(({ pubkey }) => pubkey !== null).length === AGENTS.length;

test('learns of all of them, and asks one', async () => {
  await fed.until('routes to 120 running agents', allRun);
  const { tables, self } = fed.people.alice!.home;
  expect(tables.get('routes', self.pubkey)).toMatchObject({ peers: 120, list: expect.any(String) });
  expect(fed.people.bob!.home.tables.get('routes', fed.people.bob!.home.self.pubkey)?.list).toBe(null);
  const session = await ask(fed, 'alice', 'agent-119', 'mend it');
  await reached(fed, 'alice', session, 'completed');
});

test('goes on after everybody crashed, a newer revision, and a projection that is gone', async () => {
  for (const part of [fed.host, fed.people.alice!, fed.runners.r1!]) part.crash();
  fed.people.alice!.damage();
  for (const part of [fed.host, fed.people.alice!, fed.runners.r1!])
    await fed.finish('a process starts again', part.start());
  const session = await ask(fed, 'alice', 'agent-7', 'mend it again');
  await reached(fed, 'alice', session, 'completed');
  const { epoch } = fed.host.home;
  const owner = fed.people.alice!.home.self.pubkey;
  await fed.until(
    'routes of the new epoch',
    () => fed.people.alice!.home.tables.get('routes', owner)?.epoch === epoch?.n,
  );
  await fed.applyGraph((file) => {
    file.edges = file.edges.filter((edge) => edge !== 'alice delegates_to agent-8');
  });
  await fed.until('routes without an edge', () => peersOf('alice').length === 119);
  expect(peersOf('alice').some(({ name }) => name === 'agent-8')).toBe(false);
});

test('is told nothing twice: what is said once stays said', async () => {
  const said = () => fed.host.home.tables.count('messages', { type: 'routes', dir: 'out' });
  const [before, asked] = [said(), fed.host.home.tables.count('blob_requests', { served: 0 })];
  await fed.time.pass(60_000);
  expect([said(), asked]).toEqual([before, 0]);
});
