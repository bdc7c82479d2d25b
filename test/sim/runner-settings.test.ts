/** Settings of a runner change while it serves: the Host hears of it, and places by it; what runs goes on. */
import { expect, test } from 'vitest';
import type { RunnerDetail } from '../../src/core/projection/rows.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { ask, reached } from './story.ts';

test('a label that is set brings a node here, and a capacity that is set begins more turns', async () => {
  let open = false;
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {}, mac: { placement: { labels: { os: 'mac' } } } },
    edges: ['alice delegates_to builder', 'alice delegates_to mac'],
    runners: { r1: { capacity: 1 } },
    suite: idealSuite,
    script: async ({ task, write, sleep }) => {
      while (!open) await sleep(1000);
      write('done.txt', task);
    },
  });
  const { runners, host } = fed;
  const { machine, home } = runners.r1!;
  const offered = () => host.home.tables.get('hellos', home.self.pubkey)?.detail as RunnerDetail | undefined;
  const placed = () => host.home.tables.list('assignments', { node: 'mac', state: 'active' }).length;
  expect(placed()).toBe(0);
  const first = await ask(fed, 'alice', 'builder', 'first');
  const second = await ask(fed, 'alice', 'builder', 'second');
  await fed.until('one turn', () => fed.runs.length === 1);
  await fed.time.pass(60_000);
  expect(fed.runs).toHaveLength(1);

  machine.settings = {
    ...{ labels: { os: 'mac' }, capacity: 3, memory: undefined, protocols: ['file'], repositoryHooks: false },
  };
  await fed.until('both turns', () => fed.runs.length === 2);
  await fed.until('a place for mac', () => placed() === 1);
  expect(offered()).toMatchObject({ capacity: 3, labels: { os: 'mac' } });

  // Less than runs now: nothing of it is ended
  machine.settings = {
    ...{ labels: { os: 'mac' }, capacity: 1, memory: undefined, protocols: ['file'], repositoryHooks: false },
  };
  await fed.until('that is heard', () => offered()?.capacity === 1);
  open = true;
  await reached(fed, 'alice', first, 'completed');
  await reached(fed, 'alice', second, 'completed');
  expect(fed.runs).toHaveLength(2);
  await fed.close();
});
