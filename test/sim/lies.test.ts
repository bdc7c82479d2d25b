/** The lies of random histories are such that only a rule stops them: each arrives, and nothing comes of it. */
import { beforeAll, expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { AGENTS, EDGES, LIES, type LieName, PEOPLE } from './histories.ts';
import { createIntruder, type Intruder } from './intruder.ts';
import { faultsOf } from './invariants.ts';
import { tellLie } from './lies.ts';
import { partsOf, refusedBy } from './refused.ts';
import { approve, ask, asked, reached } from './story.ts';

let fed: Federation;
let intruder: Intruder;
let session: string;
beforeAll(async () => {
  fed = await startFederation({
    people: PEOPLE,
    agents: AGENTS,
    edges: EDGES,
    runners: { r1: {}, r2: {} },
    suite: idealSuite,
  });
  intruder = createIntruder(fed, idealSuite);
  const first = await ask(fed, 'alice', 'builder', 'mend it');
  await approve(fed, 'alice', first);
  await reached(fed, 'alice', first, 'completed');
  for (const task of ['mend more', 'mend it all']) {
    session = await ask(fed, 'alice', 'builder', task);
    await asked(fed, 'alice', session);
  }
  await fed.time.pass(10_000);
});
const counted = (): number =>
  partsOf(fed)
    .flatMap(refusedBy)
    .reduce((sum, { count }) => sum + count, 0);
const held = (): number =>
  partsOf(fed).reduce((sum, { home }) => sum + home.tables.count('held_messages'), 0);
const delivered = (): number => fed.relays.reduce((sum, { stats }) => sum + stats.delivered, 0);
const lines = (dir: 'in' | 'out'): number =>
  partsOf(fed).reduce((sum, { disk }) => sum + disk.lines.filter((line) => line.dir === dir).length, 0);

const REPLAY = 'alice is heard again in a new wrap';
const REVOKED = 'a revoked runner goes on';
const lieOf = async (lie: LieName): Promise<void> => {
  const before = counted() + held();
  await tellLie[lie]({ fed, intruder, session });
  await fed.time.pass(5_000);
  expect(counted() + held()).toBeGreaterThan(before);
  expect(faultsOf(fed)).toEqual([]);
};
test.each(LIES.filter((lie) => lie !== REPLAY && lie !== REVOKED))('%s', lieOf);

test(REPLAY, async () => {
  const before = { in: lines('in'), out: lines('out'), counted: counted(), held: held() };
  const wraps = delivered();
  await tellLie[REPLAY]({ fed, intruder, session });
  await fed.time.pass(5_000);
  expect(delivered()).toBeGreaterThan(wraps);
  expect({ in: lines('in'), out: lines('out'), counted: counted(), held: held() }).toEqual(before);
  expect(faultsOf(fed)).toEqual([]);
});

test(REVOKED, async () => {
  const [teller] = fed.host.home.tables.list('transitions', { kind: 'session', id: session });
  const isTeller = (name: string) => fed.runners[name]!.home.self.pubkey === teller!.by;
  await fed.trust(Object.keys(fed.runners).find(isTeller)!, 'revoked');
  await fed.time.pass(5_000);
  await lieOf(REVOKED);
});
