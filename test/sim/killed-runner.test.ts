/** A runner that is killed ten times while it has tasks, eight at a time: each of them has its effect once. With SLOW=1 two hundred a seed. */
import { expect, test } from 'vitest';
import { seedNumbers, times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { ask } from './story.ts';

const TASKS = times(40, 200);
const AT_ONCE = 8;
const KILLS = 10;
const SEEDS = seedNumbers(1, 1_000);

const start = async (seed: string): Promise<Federation> => {
  const fed = await startFederation({
    ...{ seed, people: { alice: {} }, agents: { builder: {} }, edges: ['alice delegates_to builder'] },
    ...{ runners: { r1: { capacity: AT_ONCE } }, suite: idealSuite },
    // Some milliseconds each, so that a kill falls into every part of it
    script: async ({ task, sleep, write }) => {
      await sleep(200 + Number(task) * 7);
      write('done.txt', `${task}\n`);
    },
  });
  const { tables, self } = fed.people.alice!.home;
  await fed.until('the routes', () => tables.get('peers', self.pubkey, 'builder')?.pubkey);
  return fed;
};

/** As many at a time as are open, until all are asked; the runner is killed whenever so many more have ended. */
const work = async (fed: Federation): Promise<string[]> => {
  const { tables } = fed.people.alice!.home;
  const runner = fed.runners.r1!;
  const sessions: string[] = [];
  const open = () => tables.count('sessions', { open: 1 });
  const ended = () => sessions.length - open();
  let kills = 0;
  while (ended() < TASKS || sessions.length < TASKS) {
    while (sessions.length < TASKS && open() < AT_ONCE)
      sessions.push(await ask(fed, 'alice', 'builder', String(sessions.length)));
    const before = ended();
    await fed.until('one more that ended', () => ended() > before);
    // Eight may have ended at once: each kill that is due comes
    while (kills < KILLS && ended() >= ((kills + 1) * TASKS) / (KILLS + 1)) {
      kills += 1;
      await fed.time.pass(fed.dice.between(0, 1500));
      runner.crash();
      if (fed.dice.chance(0.3)) runner.damage();
      await fed.time.pass(fed.dice.between(0, 3000));
      await fed.finish('the start of the runner', runner.start());
    }
  }
  expect(kills).toBe(KILLS);
  return sessions;
};

test.each(SEEDS.map((seed) => `killed ${seed}`))('%s', async (seed) => {
  const fed = await start(seed);
  const sessions = await work(fed);
  await fed.time.pass(30_000);
  const { tables } = fed.people.alice!.home;
  expect(sessions.map((one) => tables.get('sessions', one)?.state)).toEqual(sessions.map(() => 'completed'));
  const pushed = fed.remote.updates.map(({ branch }) => branch.split('/')[2]).sort();
  expect(pushed).toEqual([...sessions].sort());
  expect(faultsOf(fed)).toEqual([]);
  await fed.close();
});
