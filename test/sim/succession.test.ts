/** Another key signs for the Host: while people work, with somebody away, after a theft, and whenever a process is killed. */
import { afterEach, expect, test } from 'vitest';
import { chainIn, signerIn } from '../../src/core/projection/reducers/authority.ts';
import { signingKeyOf } from '../../src/services/messaging/authority.ts';
import { seedNumbers } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createDice, type Dice } from './dice.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { ask, reached } from './story.ts';

/** Its line is durable within five, if it is at all. */
const LONGEST_ROTATION_MS = 8;

let fed: Federation;
const start = async (seed: string): Promise<void> => {
  fed = await startFederation({
    seed,
    people: { alice: {}, bob: {} },
    agents: { builder: {}, tester: { placement: { runner: 'r2' } } },
    runners: { r1: {}, r2: {} },
    edges: ['builder', 'tester'].flatMap((node) => [
      `alice delegates_to ${node}`,
      `bob delegates_to ${node}`,
    ]),
    suite: idealSuite,
    leaseMs: 20_000,
    script: async ({ task, write, sleep }) => {
      if (task.startsWith('long')) await sleep(30_000);
      write('done.txt', task);
    },
  });
};
afterEach(() => fed.close());

const members = () => [...Object.values(fed.people), ...Object.values(fed.runners)];
const signerAt = ({ tables, graph }: Federation['host']['home']): string => signerIn(tables, graph);
const signer = (): string => signingKeyOf(fed.host.home.self);
const works = async (who: string, what: string): Promise<void> => {
  await reached(fed, who, await ask(fed, who, 'builder', what), 'completed');
};
const stopHost = () => fed.finish('the end of the Host', fed.host.stop());
const startHost = () => fed.finish('the start of the Host', fed.host.start());
const followed = (): Promise<unknown> =>
  fed.until('everybody follows', () => members().every(({ home }) => signerAt(home) === signer()));

const turns = (task: string): number => fed.runs.filter((run) => run.task.includes(task)).length;

test('twice, with a task under way and somebody away over both: all follow, nothing is lost, nothing doubled', async () => {
  await start('twice');
  await works('bob', 'before');
  const long = await ask(fed, 'alice', 'builder', 'long one');
  await fed.finish('the end of bob', fed.people.bob!.stop());
  const first = signer();
  for (const _ of [1, 2]) {
    await stopHost();
    await fed.succeed();
    await startHost();
  }
  expect(chainIn(fed.host.home.tables).map(({ from }) => from)[0]).toBe(first);
  await reached(fed, 'alice', long, 'completed');
  await works('alice', 'between');
  await fed.finish('the start of bob', fed.people.bob!.start());
  await followed();
  await works('bob', 'after');
  expect(['before', 'long one', 'between', 'after'].map(turns)).toEqual([1, 1, 1, 1]);
  expect(new Set([first, ...chainIn(fed.host.home.tables).map(({ to }) => to)]).size).toBe(3);
  await fed.time.pass(30_000);
  expect(faultsOf(fed)).toEqual([]);
});

test('two successors of one key: whom a member heard first it stays with, and says that there is another', async () => {
  await start('conflict');
  const thief = fed.copyHost('thief');
  await stopHost();
  await fed.succeed();
  await startHost();
  await followed();
  await fed.succeed(thief);
  await fed.takeOver(thief);
  await fed.until('the other is refused', () =>
    members().every(({ home }) => home.tables.list('rejects', { reason: 'authority_conflict' }).length > 0),
  );
  expect(members().map(({ home }) => signerAt(home))).toEqual(members().map(() => signer()));
  await works('alice', 'still');
  await fed.finish('the end of the thief', thief.stop());
});

/** A command at a Host that is not up; whether it is killed in the middle of it is the seed's. Begun again, it ends. */
const maybeKilled = async (dice: Dice, work: () => Promise<void>): Promise<void> => {
  if (dice.chance(0.5)) {
    const first = work();
    await fed.time.pass(dice.between(0, LONGEST_ROTATION_MS));
    fed.host.crash();
    await first;
  }
  await work();
};
const sleepsUpTo = (dice: Dice, most: number) => fed.time.pass(dice.between(0, most));

test.each(seedNumbers(3, 1_000))(
  'two rotations with tasks under way, killed at any moment of them, one who is away over both: seed %i',
  async (seed) => {
    await start(`kills ${seed}`);
    const dice = createDice(`succession ${seed}`);
    await works('bob', 'before');
    const tasks = ['long one', 'short one', 'long two', 'short two'];
    const sessions: string[] = [];
    const asked = async (): Promise<void> => {
      const task = tasks[sessions.length];
      if (task) sessions.push(await ask(fed, 'alice', dice.pick(['builder', 'tester']), task));
    };
    const away = dice.pick([fed.people.bob!, fed.runners.r2!]);
    const others = [fed.people.alice!, fed.people.bob!, ...Object.values(fed.runners)].filter(
      (one) => one !== away,
    );
    await asked();
    await asked();
    if (dice.chance(0.5)) away.crash();
    else await fed.finish('the end of who is away', away.stop());
    for (const _ of [1, 2]) {
      await sleepsUpTo(dice, 4_000);
      fed.host.crash();
      await maybeKilled(dice, () => fed.succeed());
      // Killed while it starts, or while it serves
      const starting = fed.host.start();
      await sleepsUpTo(dice, dice.pick([30, 2_000]));
      fed.host.crash();
      void starting.catch(() => undefined);
      const who = dice.pick(others);
      who.crash();
      await fed.finish('a start', who.start());
      await startHost();
      await asked();
    }
    await fed.finish('the start of who was away', away.start());
    await followed();
    for (const session of sessions) await reached(fed, 'alice', session, 'completed');
    await works('bob', 'after');
    await fed.time.pass(30_000);
    const pushed = fed.remote.updates.map(({ branch }) => branch.split('/')[2]);
    expect(pushed).toEqual(expect.arrayContaining(sessions));
    expect([pushed.length, new Set(pushed).size]).toEqual([6, 6]);
    expect(faultsOf(fed)).toEqual([]);
  },
);

test.each(seedNumbers(2, 1_000))(
  'T183: stolen from, and recovered: the thief is followed by nobody then, whatever it says, and whenever who is heard: seed %i',
  async (seed) => {
    await start(`theft ${seed}`);
    const dice = createDice(`theft ${seed}`);
    await works('alice', 'before');
    const thief = fed.copyHost('thief');
    const away = dice.pick([null, fed.people.bob!, fed.runners.r2!]);
    const present = () => members().filter((one) => one !== away);
    await stopHost();
    if (away) await fed.finish('the end of who is away', away.stop());
    for (let n = dice.between(1, 3); n > 0; n--) {
      if (thief.isUp) await fed.finish('the end of the thief', thief.stop());
      await fed.succeed(thief);
      await fed.takeOver(thief);
      const stolen = signingKeyOf(thief.home.self);
      await fed.until('all follow the thief', () => present().every(({ home }) => signerAt(home) === stolen));
    }
    await maybeKilled(dice, () => fed.succeed(fed.host, fed.recoveryKey));
    await startHost();
    await fed.until('who is there follows', () => present().every(({ home }) => signerAt(home) === signer()));
    await works('alice', 'after');
    await fed.finish('the end of the thief', thief.stop());
    for (let n = dice.between(1, 2); n > 0; n--) await fed.succeed(thief);
    const isBack = dice.chance(0.5);
    if (away && isBack) await fed.finish('the start of who was away', away.start());
    await fed.takeOver(thief);
    await fed.until('the thief is refused', () =>
      present().every(({ home }) => home.tables.list('rejects', { reason: 'key_recovered' }).length > 0),
    );
    if (away && !isBack) await fed.finish('the start of who was away', away.start());
    await followed();
    await fed.time.pass(60_000);
    for (const node of ['builder', 'tester'])
      await reached(fed, 'bob', await ask(fed, 'bob', node, `still ${node}`), 'completed');
    expect(members().map(({ home }) => signerAt(home))).toEqual(members().map(() => signer()));
    await fed.finish('the end of the thief', thief.stop());
  },
);
