/** A runner that is stopped in the middle of its work, for longer than its lease: another one does it, and nothing of the first counts. */
import { expect, test } from 'vitest';
import { times } from '../support/counts.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { createDice } from './dice.ts';
import { type Federation, startFederation } from './federation.ts';
import { faultsOf } from './invariants.ts';
import { approve, ask, asked, endedElsewhere, reached } from './story.ts';

const start = (seed: string, options: { runners?: Record<string, object> } = {}): Promise<Federation> =>
  startFederation({
    ...{ seed, suite: idealSuite, leaseMs: 20_000, ...options },
    people: { alice: {}, bob: {} },
    agents: {
      builder: {},
      gated: { policy: { approval: { 'source.publish': { by: ['alice'], quorum: 1 } } } },
    },
    edges: [...['builder', 'gated'].map((node) => `alice delegates_to ${node}`), 'alice approves gated'],
    script: async ({ task, sleep, write }) => {
      await sleep(5_000);
      write('done.txt', task);
    },
  });
/** Beyond a minute of silence, its lease, and what the Host adds to that. */
const BEYOND_MS = 90_000;
const holderOf = ({ host: { home } }: Federation, node: string): string | undefined =>
  home.tables
    .list('assignments', { node, state: 'active' })
    .map(({ runner }) => home.tables.get('hellos', runner)!.name)[0];

/** Stopped between its push and its word of it. */
const PUSHED = [109, 181];
const SEEDS = new Set([...Array.from({ length: times(5, 300) }, (_, n) => n), ...PUSHED]);

/** Wherever in a task it is stopped, from before it takes it to after it pushed. */
test.each([...SEEDS])(
  'T191 stopped at any moment of a task, the next one does it, and one commit is on the remote (seed %i)',
  async (n) => {
    const fed = await start(`stopped ${n}`);
    const dice = createDice(`stopped ${n}`);
    const first = fed.runners.r1!;
    const session = await ask(fed, 'alice', 'builder', 'work');
    await fed.time.pass(dice.between(0, 7_000));
    first.freeze();
    await fed.addRunner('r2');
    await fed.trust('r2');
    await fed.time.pass(BEYOND_MS);
    expect(['builder', 'gated'].map((node) => holderOf(fed, node))).toEqual(['r2', 'r2']);
    // It goes on before, or after, the other one is done
    await fed.time.pass(dice.between(0, 10_000));
    first.thaw();
    const end = await endedElsewhere(fed, 'alice', session);
    if (PUSHED.includes(n)) expect(end).toBe('failed');
    await fed.time.pass(60_000);
    expect(fed.remote.updates.map(({ branch }) => branch)).toEqual([`entangle/builder/${session}`]);
    expect(faultsOf(fed)).toEqual([]);
    await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'more'), 'completed');
    expect(fed.runs.at(-1)).toMatchObject({ runner: 'r2', task: expect.stringContaining('more') });
    await fed.close();
  },
);

test('what was approved for it is pushed by none: whoever asked for it decides anew what the next one made', async () => {
  const fed = await start('approved');
  const session = await ask(fed, 'alice', 'gated', 'work');
  await asked(fed, 'alice', session);
  fed.runners.r1!.freeze();
  const first = await approve(fed, 'alice', session);
  await fed.addRunner('r2');
  await fed.trust('r2');
  await fed.time.pass(BEYOND_MS);
  fed.runners.r1!.thaw();
  await fed.time.pass(60_000);
  expect(fed.remote.updates).toEqual([]);
  const second = await approve(fed, 'alice', session);
  expect(second).not.toBe(first);
  await reached(fed, 'alice', session, 'completed');
  await fed.time.pass(30_000);
  expect(fed.remote.updates).toHaveLength(1);
  expect(faultsOf(fed)).toEqual([]);
  await fed.close();
});

test('where no other runner fits it goes on where it was, and nothing is done twice', async () => {
  const fed = await start('alone');
  const session = await ask(fed, 'alice', 'builder', 'work');
  await fed.until('its turn', () => fed.runs.length > 0);
  fed.runners.r1!.freeze();
  await fed.time.pass(10 * BEYOND_MS);
  fed.runners.r1!.thaw();
  await reached(fed, 'alice', session, 'completed');
  await fed.time.pass(30_000);
  expect(fed.runs).toHaveLength(1);
  expect(fed.remote.updates).toHaveLength(1);
  expect(faultsOf(fed)).toEqual([]);
  await fed.close();
});
