/** The lies of random histories are such that only a rule stops them: each arrives, and is refused. */
import { beforeAll, expect, test } from 'vitest';
import { type Federation, startFederation } from './federation.ts';
import { AGENTS, EDGES, LIES, PEOPLE } from './histories.ts';
import { idealSuite } from './ideal-suite.ts';
import { faultsOf } from './invariants.ts';
import { tellLie } from './lies.ts';
import { partsOf, refusedBy } from './refused.ts';
import { intrude } from './siege.ts';
import { ask, asked } from './story.ts';

let fed: Federation;
let session: string;
beforeAll(async () => {
  fed = await startFederation({
    people: PEOPLE,
    agents: AGENTS,
    edges: EDGES,
    runners: { r1: {}, r2: {} },
    suite: idealSuite,
  });
  session = await ask(fed, 'alice', 'builder', 'mend it');
  await asked(fed, 'alice', session);
  await fed.time.pass(10_000);
});
const refused = (): number =>
  partsOf(fed)
    .flatMap(refusedBy)
    .reduce((sum, { count }) => sum + count, 0);

test.each(LIES)('%s', async (lie) => {
  const before = refused();
  await tellLie[lie]({ fed, intruder: intrude(fed, idealSuite), session });
  await fed.time.pass(5_000);
  expect(refused()).toBeGreaterThan(before);
  expect(faultsOf(fed)).toEqual([]);
});
