/** A node that an operator moves while it works: whenever the Host is killed, and whoever is away, it is done once, where it was moved to. */
import { expect, test } from 'vitest';
import { moveNode } from '../../src/services/host/move-node.ts';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createDice } from './dice.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { ask, endedElsewhere, reached } from './story.ts';

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
  await fed.until('it is on r1', () => holders(fed).length > 0);
  await fed.addRunner('r2');
  await fed.trust('r2');
  await fed.until('r2 is heard', () => fed.host.running!.host.presence.isLive(keyOf(fed, 'r2')));
  return fed;
};
const keyOf = (fed: Federation, runner: string): string => fed.runners[runner]!.home.self.pubkey;
const move = (fed: Federation, runner: string, fence: number) =>
  fed.finish(
    'the move',
    moveNode(fed.host.running!.host, { node: 'builder', runner, fence, decisions: decisions(fed) }, 'op'),
  );
const decisions = (fed: Federation): number => fed.host.home.tables.get('placed_by_hand', 'builder')?.n ?? 0;
const holders = ({ host: { home } }: Federation): (string | undefined)[] =>
  home.tables
    .list('assignments', { node: 'builder' })
    .sort((a, b) => a.fence - b.fence)
    .map(({ runner }) => home.tables.get('hellos', runner)?.name);

/** Its runner has just pushed, and nobody takes its word of that any more. */
const PUSHED = [17, 56];
const SEEDS = new Set([...Array.from({ length: times(5, 200) }, (_, n) => n), ...PUSHED]);

test.each([...SEEDS])(
  'T199 the Host killed after the word of an operator, and the runner that it leaves away or there (seed %i)',
  async (n) => {
    const fed = await start(`moved ${n}`);
    const dice = createDice(`moved ${n}`);
    const session = await ask(fed, 'alice', 'builder', 'work');
    await fed.time.pass(dice.between(0, 7_000));
    const isAway = n % 2 === 0;
    if (isAway) fed.runners.r1!.freeze();
    await move(fed, 'r2', 1);
    // From right after the record is durable to long after the offer
    await fed.time.pass(dice.pick([0, 0, 1, 10, 1_000]));
    fed.host.crash();
    await fed.finish('the start', fed.host.start());
    await fed.until('it is there', () => holders(fed).length > 1);
    if (isAway) {
      await fed.time.pass(dice.between(0, 60_000));
      fed.runners.r1!.thaw();
    }
    const end = await endedElsewhere(fed, 'alice', session);
    if (PUSHED.includes(n)) expect(end).toBe('failed');
    await fed.time.pass(120_000);
    expect(holders(fed)).toEqual(['r1', 'r2']);
    expect(fed.remote.updates.map(({ branch }) => branch)).toEqual([`entangle/builder/${session}`]);
    expect(faultsOf(fed)).toEqual([]);
    await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'more'), 'completed');
    expect(fed.runs.at(-1)).toMatchObject({ runner: 'r2', task: expect.stringContaining('more') });
    await fed.close();
  },
);
