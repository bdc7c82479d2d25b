/** Another key signs for the Host: while people work, with somebody away, after a theft, and whenever a process is killed. */
import { afterEach, expect, test } from 'vitest';
import { chainIn, signerIn } from '../../src/core/projection/reducers/authority.ts';
import { signingKeyOf } from '../../src/services/messaging/authority.ts';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createDice } from './dice.ts';
import { type Federation, startFederation } from './federation.ts';
import { ask, reached } from './story.ts';

let fed: Federation;
const start = async (seed: string): Promise<void> => {
  fed = await startFederation({
    seed,
    people: { alice: {}, bob: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder', 'bob delegates_to builder'],
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

/** No line that a Host signed came to anybody but by a key that signed when it was said. */
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
});

test('who was stolen from recovers: the thief, whom all followed, is followed by nobody, whatever it says next', async () => {
  await start('theft');
  await works('alice', 'before');
  const thief = fed.copyHost('thief');
  await stopHost();
  await fed.succeed(thief);
  await fed.takeOver(thief);
  const stolen = signingKeyOf(thief.home.self);
  await fed.until('all follow the thief', () => members().every(({ home }) => signerAt(home) === stolen));
  await fed.succeed(fed.host, fed.recoveryKey);
  await startHost();
  await followed();
  await works('alice', 'after');
  await fed.finish('the end of the thief', thief.stop());
  await fed.succeed(thief);
  await fed.takeOver(thief);
  await fed.until('the thief is refused', () =>
    members().every(({ home }) => home.tables.list('rejects', { reason: 'key_recovered' }).length > 0),
  );
  await works('bob', 'still');
  expect(members().map(({ home }) => signerAt(home))).toEqual(members().map(() => signer()));
  await fed.finish('the end of the thief', thief.stop());
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

/** One, since it waits for an hour of its clock; with SLOW=1 a thousand. */
test.each(Array.from({ length: times(1, 1_000) }, (_, i) => i))(
  'killed at any moment of two rotations (seed %i)',
  async (seed) => {
    await start(`kills ${seed}`);
    const dice = createDice(`succession ${seed}`);
    const first = await ask(fed, 'alice', 'builder', 'long one');
    await fed.finish('the end of bob', fed.people.bob!.stop());
    for (const _ of [1, 2]) {
      await fed.finish('a while', fed.time.clock.sleep(dice.between(0, 4_000)));
      fed.host.crash();
      const rotating = fed.succeed();
      if (dice.between(0, 1) === 1) {
        fed.host.crash();
        await rotating.catch(() => undefined);
        await fed.succeed();
      } else await rotating;
      await startHost();
      await fed.finish('a while', fed.time.clock.sleep(dice.between(0, 2_000)));
      fed.host.crash();
      const who = dice.between(0, 1) === 1 ? fed.people.alice! : fed.runners.r1!;
      who.crash();
      await fed.finish('a start', who.start());
      await startHost();
    }
    await reached(fed, 'alice', first, 'completed');
    await fed.finish('the start of bob', fed.people.bob!.start());
    await followed();
    await works('bob', 'after');
    expect(turns('after')).toBe(1);
  },
);
