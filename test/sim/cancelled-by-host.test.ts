/** A session that an operator ends: whoever is killed, and wherever its node goes meanwhile, it ends once and is not worked on after. */
import { expect, test } from 'vitest';
import { cancelSession } from '../../src/services/host/cancel-session.ts';
import { moveNode } from '../../src/services/host/move-node.ts';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createDice } from './dice.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { approve, ask, atHost, outcome, reached, shown } from './story.ts';

const APPROVED = { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } };
const start = async (seed: string): Promise<Federation> => {
  const fed = await startFederation({
    ...{ seed, suite: idealSuite, leaseMs: 20_000 },
    people: { alice: {} },
    agents: { builder: APPROVED, helper: {} },
    edges: ['alice delegates_to builder', 'alice approves builder', 'builder delegates_to helper'],
    script: async ({ task, sleep, write, delegate }) => {
      if (task.includes('give')) await delegate('helper', 'help');
      await sleep(5_000);
      write('done.txt', task);
    },
  });
  await fed.until('it is on r1', () => fences(fed).length > 0);
  await fed.addRunner('r2');
  await fed.trust('r2');
  await fed.until('r2 is heard', () => fed.host.running!.host.presence.isLive(keyOf(fed, 'r2')));
  return fed;
};
const keyOf = (fed: Federation, runner: string): string => fed.runners[runner]!.home.self.pubkey;
const fences = ({ host: { home } }: Federation): number[] =>
  home.tables.list('assignments', { node: 'builder' }).map(({ fence }) => fence);
const move = async (fed: Federation): Promise<void> => {
  const { tables } = fed.host.home;
  const decisions = tables.get('placed_by_hand', 'builder')?.n ?? 0;
  const wanted = { node: 'builder', runner: 'r2', fence: Math.max(...fences(fed)), decisions };
  await outcome(fed, moveNode(fed.host.running!.host, wanted, 'op'));
};
/** By an operator whom a Host that is down answers later. */
const cancel = (fed: Federation, session: string) =>
  outcome(fed, cancelSession(fed.host.running!.host, { session, reason: 'too dear' }, 'op'));
const saidTo = ({ host: { home } }: Federation, session: string) =>
  home.tables.list('messages', { session, type: 'session.cancel', dir: 'out' });

type Kill = 'host' | 'r1' | 'r2';
const crash = async (fed: Federation, name: Kill, downMs: number): Promise<void> => {
  const part = name === 'host' ? fed.host : fed.runners[name]!;
  part.crash();
  await fed.time.pass(downMs);
  await fed.finish(`the start of ${name}`, part.start() as Promise<unknown>);
};

test.each(Array.from({ length: times(20, 500) }, (_, n) => n))(
  'T202 killed at any moment, and with its node on its way elsewhere (seed %i)',
  async (n) => {
    const fed = await start(`ended ${n}`);
    const dice = createDice(`ended ${n}`);
    const session = await ask(fed, 'alice', 'builder', dice.chance(0.4) ? 'give' : 'work');
    await fed.until('the Host is told of it', () => atHost(fed, session) !== '');
    // From before the turn to when it waits for its approval
    await fed.time.pass(dice.between(0, 12_000));
    const acts = [
      ...(n % 2 === 0 ? [() => move(fed)] : []),
      ...Array.from({ length: dice.between(1, 3) }, () => {
        const who = dice.pick<Kill>(['host', 'host', 'r1', 'r1', 'r2']);
        return () => crash(fed, who, dice.pick([0, 1, 10, 1_000, 8_000]));
      }),
    ];
    const first = dice.between(0, acts.length);
    for (const act of acts.slice(0, first)) {
      await act();
      await fed.time.pass(dice.pick([0, 1, 10, 1_000, 30_000]));
    }
    await cancel(fed, session);
    for (const act of acts.slice(first)) {
      await fed.time.pass(dice.pick([0, 0, 1, 10, 100, 1_000]));
      await act();
    }
    const end = await reached(fed, 'alice', session, 'cancelled');
    expect(end).toMatchObject({ reason: 'cancelled_by_host', summary: 'cancelled by the Host: too dear' });
    await fed.until('the Host knows', () => atHost(fed, session) === 'cancelled cancelled_by_host');
    await fed.until(
      'it has all',
      () => fed.host.home.tables.count('outbox', { type: 'session.cancel' }) === 0,
    );
    const runs = fed.runs.length;
    await fed.time.pass(120_000);
    // What it gave to others may begin before it hears that it ends too
    const later = fed.runs
      .slice(runs)
      .map(({ task, ended }) => [task, ended?.is === 'ended' && ended.reason]);
    expect(later.filter(([task, how]) => task !== 'help' || how !== 'cancelled')).toEqual([]);
    expect(fed.remote.updates.filter(({ branch }) => branch.includes('builder'))).toEqual([]);
    // Each attempt was told one thing, also where a Host that was killed signed it again
    for (const { home } of Object.values(fed.runners)) {
      const said = home.tables.list('messages', { session, type: 'session.cancel', dir: 'in' });
      const meanings = new Set(said.map(({ dedup, content }) => `${dedup} ${content}`));
      expect(meanings.size).toBe(new Set(said.map(({ dedup }) => dedup)).size);
      // No node that is somebody's works for it
      const open = home.tables.list('sessions', { open: 1 }).filter(({ node }) => home.identities.has(node));
      expect(open.map(({ id }) => id)).not.toContain(session);
    }
    expect(faultsOf(fed)).toEqual([]);
    const more = await ask(fed, 'alice', 'builder', 'more');
    await approve(fed, 'alice', more);
    await reached(fed, 'alice', more, 'completed');
    await fed.close();
  },
);

test.each(['r1', 'r2'])('T202 what it gave to others ends with it, on %s too', async (elsewhere) => {
  const at = (runner: string) => ({ placement: { labels: { at: runner } } });
  const fed = await startFederation({
    people: { alice: {} },
    agents: { one: at('r1'), two: at(elsewhere) },
    edges: ['alice delegates_to one', 'one delegates_to two'],
    runners: { r1: { labels: { at: 'r1' } }, r2: { labels: { at: 'r2' } } },
    suite: idealSuite,
    script: async ({ task, delegate, sleep }) => {
      if (task === 'one') await delegate('two', 'two');
      else await sleep(3_600_000);
    },
  });
  const session = await ask(fed, 'alice', 'one', 'one');
  await fed.until('the second', () => fed.runs.find(({ task }) => task === 'two'));
  const others = fed.runners[elsewhere]!.home.tables.list('sessions').filter(({ id }) => id !== session);
  expect(others).toHaveLength(1);
  await cancel(fed, session);
  await reached(fed, 'alice', session, 'cancelled');
  const [{ id } = { id: '' }] = others;
  await fed.until('its end', () => atHost(fed, id) === 'cancelled cancelled_by_requester');
  await fed.close();
});

test('T202 asked for while nobody has its node it ends when somebody does, without another turn', async () => {
  const fed = await start('nobody');
  const session = await ask(fed, 'alice', 'builder', 'work');
  await fed.until('its turn', () => fed.runs.length === 1 && atHost(fed, session) === 'active');
  fed.runners.r1!.crash();
  await fed.trust('r1', 'revoked');
  await cancel(fed, session);
  expect(atHost(fed, session)).toBe('active');
  await reached(fed, 'alice', session, 'cancelled');
  expect(shown(fed, 'alice', session)).toMatchObject({ reason: 'cancelled_by_host' });
  expect(saidTo(fed, session).map(({ recipient }) => recipient)).toEqual([keyOf(fed, 'r2')]);
  await fed.close();
});
