/** The lies of random histories are such that only a rule stops them: each arrives, and nothing comes of it. */
import { beforeAll, expect, test } from 'vitest';
import { isSlow } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createDice } from './dice.ts';
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

const ROUNDS = 100;
const REPLAY = 'alice is heard again in a new wrap';
const REVOKED = 'a revoked runner goes on';
const TOLD = LIES.filter((lie) => lie !== REVOKED);
const lieOf = async (lie: LieName): Promise<void> => {
  const before = counted() + held();
  await tellLie[lie]({ fed, intruder, session });
  await fed.time.pass(5_000);
  expect(counted() + held()).toBeGreaterThan(before);
  expect(faultsOf(fed)).toEqual([]);
};
test.each(TOLD.filter((lie) => lie !== REPLAY))('%s', lieOf);

test(REPLAY, async () => {
  const before = { in: lines('in'), out: lines('out'), counted: counted(), held: held() };
  const wraps = delivered();
  await tellLie[REPLAY]({ fed, intruder, session });
  await fed.time.pass(5_000);
  expect(delivered()).toBeGreaterThan(wraps);
  expect({ in: lines('in'), out: lines('out'), counted: counted(), held: held() }).toEqual(before);
  expect(faultsOf(fed)).toEqual([]);
});

/** A hundred times each in any order, over processes that end between: what is refused once is refused for ever, and stops nobody. */
test.runIf(isSlow)('a hundred times each, and honest work goes on', async () => {
  const dice = createDice('lies a hundred times');
  const inAnyOrder = () =>
    TOLD.map((lie) => [dice.next(), lie] as const)
      .sort(([a], [b]) => a - b)
      .map(([, lie]) => lie);
  const parts = [fed.host, ...Object.values(fed.runners), ...Object.values(fed.people)];
  const refused = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const lie of inAnyOrder()) {
      const before = counted() + held();
      await tellLie[lie]({ fed, intruder, session });
      await fed.time.pass(dice.between(1_000, 20_000));
      refused.set(lie, (refused.get(lie) ?? 0) + (counted() + held() > before ? 1 : 0));
    }
    expect(faultsOf(fed)).toEqual([]);
    const part = dice.pick(parts);
    part.crash();
    await fed.finish('a new start', part.start());
    await fed.time.pass(60_000);
  }
  // A process that is back may not have its relay yet: what is told meanwhile waits there, and is refused a little later.
  const often = (lie: LieName) => refused.get(lie)! >= ROUNDS * 0.9;
  expect(TOLD.filter((lie) => !often(lie))).toEqual([REPLAY]);
  const next = await ask(fed, 'alice', 'builder', 'mend the last of it');
  await approve(fed, 'alice', next);
  await reached(fed, 'alice', next, 'completed');
});

test(REVOKED, async () => {
  const [teller] = fed.host.home.tables.list('transitions', { kind: 'session', id: session });
  const isTeller = (name: string) => fed.runners[name]!.home.self.pubkey === teller!.by;
  await fed.trust(Object.keys(fed.runners).find(isTeller)!, 'revoked');
  await fed.time.pass(5_000);
  await lieOf(REVOKED);
});
