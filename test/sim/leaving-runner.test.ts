/** A runner that leaves its federation, and whatever crashes meanwhile: what it began is done once, and its nodes go on elsewhere. */
import { expect, test } from 'vitest';
import { isLeaving } from '../../src/core/projection/queries.ts';
import type { LeaveMode } from '../../src/core/vocabulary.ts';
import { mutedRows } from '../../src/services/user/muted.ts';
import { troubleFacts } from '../../src/services/user/trouble-words.ts';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createDice } from './dice.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { NO_FAULTS } from './memory-relay.ts';
import { ask, reached } from './story.ts';

const start = async (seed: string): Promise<Federation> => {
  const fed = await startFederation({
    ...{ seed, suite: idealSuite, leaseMs: 20_000 },
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    script: async ({ task, sleep, write }) => {
      await sleep(5_000);
      write('done.txt', task);
    },
  });
  await fed.addRunner('r2');
  await fed.trust('r2');
  return fed;
};
const holders = ({ host: { home } }: Federation): string[] =>
  home.tables
    .list('assignments', { node: 'builder' })
    .filter(({ state }) => state !== 'rejected')
    .sort((a, b) => a.fence - b.fence)
    .map(({ runner, state }) => `${home.tables.get('hellos', runner)?.name} ${state}`);
const trustOf = ({ host: { home }, runners }: Federation): string | undefined =>
  home.tables.get('trust', runners.r1!.home.self.pubkey)?.state;
const isSaidToLeave = ({ host, runners }: Federation): boolean =>
  isLeaving(host.home.tables, runners.r1!.home.self.pubkey);
const leave = (fed: Federation, mode: LeaveMode): void => {
  fed.runners.r1!.machine.leave = mode;
};

test('finishes what has begun, takes nothing new, gives its nodes back at once, and is one no more', async () => {
  const fed = await start('drained');
  const first = await ask(fed, 'alice', 'builder', 'first');
  await fed.until('a turn', () => fed.runs.length === 1);
  leave(fed, 'drain');
  await fed.time.pass(1_000);
  const second = await ask(fed, 'alice', 'builder', 'second');
  expect(isSaidToLeave(fed)).toBe(true);
  // What waits meanwhile says for what
  const waiting = await fed.until('its word', () => mutedRows(fed.people.alice!.home)[0]);
  expect(waiting).toMatchObject({ session: second, waits: [{ node: 'builder', ask: 'runner' }] });
  expect(
    troubleFacts({ what: 'muted', ...waiting }, fed.host.home.clock.now()).map((fact) => fact[1]),
  ).toEqual(
    expect.arrayContaining([
      expect.stringContaining('builder waits for another runner, since the one that it is on leaves'),
      expect.stringContaining('wait until what it has begun there is done'),
    ]),
  );
  const { attempt } = await reached(fed, 'alice', first, 'completed');
  expect([attempt, fed.runs.map(({ runner }) => runner)]).toEqual([1, ['r1']]);
  const before = fed.time.elapsed();
  await fed.until('the goodbye', () => trustOf(fed) === 'left');
  await fed.until('the next one', () => holders(fed).includes('r2 active'));
  // No lease is waited for
  expect(fed.time.elapsed() - before).toBeLessThan(10_000);
  // Not offered to it once more before its goodbye came
  expect(holders(fed)).toEqual(['r1 stopped', 'r2 active']);
  expect(await reached(fed, 'alice', second, 'completed')).toMatchObject({ attempt: 2 });
  expect(fed.runs.map(({ runner }) => runner)).toEqual(['r1', 'r2']);
  expect(mutedRows(fed.people.alice!.home)).toEqual([]);
  for (const { home } of [fed.host, fed.people.alice!]) expect(home.tables.list('rejects')).toEqual([]);
  await fed.finish('its end', fed.runners.r1!.running!.left);
  await fed.time.pass(60_000);
  expect(faultsOf(fed)).toEqual([]);
  await fed.close();
});

test('says once that it leaves: a start of it is no change of mind', async () => {
  const fed = await start('said');
  await ask(fed, 'alice', 'builder', 'first');
  await fed.until('a turn', () => fed.runs.length === 1);
  leave(fed, 'drain');
  await fed.until('its word', () => isSaidToLeave(fed));
  const hellos = () => fed.host.home.tables.count('messages', { type: 'runner.hello', dir: 'in' });
  const said = hellos();
  fed.runners.r1!.crash();
  await fed.finish('the start', fed.runners.r1!.start());
  await fed.time.pass(2_000);
  expect([isSaidToLeave(fed), hellos()]).toEqual([true, said]);
  await fed.close();
});

test('leaves at once where that is wanted: the task begins anew elsewhere', async () => {
  const fed = await start('now');
  const session = await ask(fed, 'alice', 'builder', 'work');
  await fed.until('a turn', () => fed.runs.length === 1);
  leave(fed, 'now');
  await fed.until('the goodbye', () => trustOf(fed) === 'left');
  expect(await reached(fed, 'alice', session, 'completed')).toMatchObject({ attempt: 2 });
  expect(fed.runs.map(({ runner }) => runner)).toEqual(['r1', 'r2']);
  expect(fed.remote.updates).toHaveLength(1);
  await fed.close();
});

test.each(Array.from({ length: times(4, 100) }, (_, n) => n))(
  'T200 over slow relays whoever asked hears what it finished, and the Host all that it said (seed %i)',
  async (n) => {
    const fed = await start(`slow ${n}`);
    const session = await ask(fed, 'alice', 'builder', 'work');
    await fed.until('a turn', () => fed.runs.length === 1);
    for (const relay of fed.relays) relay.faults = { ...NO_FAULTS, delay: 0.5, delayMs: 4_000 };
    leave(fed, 'drain');
    await fed.until('the goodbye', () => trustOf(fed) === 'left');
    for (const relay of fed.relays) relay.faults = NO_FAULTS;
    await fed.time.pass(60_000);
    expect(await reached(fed, 'alice', session, 'completed')).toMatchObject({ attempt: 1 });
    expect(fed.host.home.tables.get('sessions', session)).toMatchObject({ state: 'completed', attempt: 1 });
    expect(fed.runners.r1!.home.tables.list('outbox', {})).toEqual([]);
    expect(fed.runs).toHaveLength(1);
    expect(faultsOf(fed)).toEqual([]);
    await fed.close();
  },
);

test('T200 where the word that its goodbye came is lost, it hears of it all the same', async () => {
  const fed = await start('unheard');
  const { home } = fed.runners.r1!;
  leave(fed, 'drain');
  await fed.until('the goodbye', () => trustOf(fed) === 'left');
  for (const relay of fed.relays) relay.faults = { ...NO_FAULTS, drop: 1 };
  await fed.time.pass(2_000);
  for (const relay of fed.relays) relay.faults = NO_FAULTS;
  expect(home.tables.count('outbox', { type: 'runner.goodbye' })).toBe(1);
  await fed.time.pass(60_000);
  expect(home.tables.count('outbox', { type: 'runner.goodbye' })).toBe(0);
  await fed.finish('its end', fed.runners.r1!.running!.left);
  await fed.close();
});

test.each(Array.from({ length: times(6, 200) }, (_, n) => n))(
  'T200 killed at any moment of it, or its Host, what it began is done once (seed %i)',
  async (n) => {
    const fed = await start(`leaving ${n}`);
    const dice = createDice(`leaving ${n}`);
    const session = await ask(fed, 'alice', 'builder', 'work');
    await fed.time.pass(dice.between(0, 7_000));
    leave(fed, n % 3 === 0 ? 'now' : 'drain');
    await fed.time.pass(dice.between(0, 7_000));
    const victim = n % 2 === 0 ? fed.host : fed.runners.r1!;
    victim.crash();
    await fed.time.pass(dice.between(0, 3_000));
    await fed.finish('the start', victim.start());
    await reached(fed, 'alice', session, 'completed');
    await fed.until('the goodbye', () => trustOf(fed) === 'left');
    await fed.finish('its end', fed.runners.r1!.running!.left);
    await fed.time.pass(60_000);
    expect(fed.remote.updates.map(({ branch }) => branch)).toEqual([`entangle/builder/${session}`]);
    expect(holders(fed).at(-1)).toBe('r2 active');
    expect(faultsOf(fed)).toEqual([]);
    await fed.close();
  },
);
