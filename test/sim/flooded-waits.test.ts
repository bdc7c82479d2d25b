/** A node further down that says another thing each moment of whom it waits for: what others sign of that is bounded. */
import { afterEach, expect, test } from 'vitest';
import { UNREACHED_MS } from '../../src/core/bounds.ts';
import { idealSuite } from '../support/ideal-suite.ts';
import { type Federation, startFederation } from './federation.ts';
import { createIntruder } from './intruder.ts';
import { ask } from './story.ts';

let fed: Federation;
afterEach(() => fed.close());

test('three hundred changes at a child are a few at whoever asked its parent', async () => {
  const labels = { r1: { at: 'r1' }, r2: { at: 'r2' } };
  const policy = { approval: { 'source.publish': { by: ['bob'], quorum: 1 } } };
  fed = await startFederation({
    people: { alice: {}, bob: {} },
    agents: {
      planner: { placement: { labels: labels.r1 } },
      builder: { placement: { labels: labels.r2 }, policy },
    },
    runners: { r1: { labels: labels.r1 }, r2: { labels: labels.r2 } },
    edges: ['alice delegates_to planner', 'planner delegates_to builder', 'bob approves builder'],
    script: async ({ task, write, delegate }) => {
      if (task === 'plan') await delegate('builder', 'build');
      else await write('done.txt', 'done\n');
    },
    suite: idealSuite,
  });
  const [r1, r2] = [fed.runners.r1!, fed.runners.r2!];
  await ask(fed, 'alice', 'planner', 'plan');
  const child = await fed.until(
    'the child',
    () => r2.home.tables.list('sessions', { open: 1, state: 'waiting_approval' })[0],
  );
  const intruder = createIntruder(fed, idealSuite);
  const [builder, planner] = [intruder.nodeKey('r2', 'builder'), intruder.nodeKey('r1', 'planner')];
  await fed.finish('the stop', r2.stop());
  const told = () => fed.people.alice!.home.tables.count('messages', { type: 'task.waiting', dir: 'in' });
  const [before, start] = [told(), fed.time.elapsed()];
  const never = new AbortController().signal;
  for (let n = 1; n <= 300; n++) {
    const unreached = [{ node: 'alice', name: n % 2 ? 'bob' : 'carol', ask: 'approval', since: n }];
    const body = { session: child.id, attempt: child.attempt, n: 10 + n, unreached };
    const more = {
      role: 'node',
      re: child.request ?? '',
      session: child.id,
      dedup: `waiting:x:${n}`,
    } as const;
    await intruder.say(builder, 'task.waiting', planner.pubkey, body, more);
    await fed.finish('a moment', fed.time.clock.sleep(50, never));
  }
  await fed.finish('the rest', fed.time.clock.sleep(2 * UNREACHED_MS, never));
  const [row] = r1.home.tables.list('waits', { session: child.id });
  expect(row).toMatchObject({ n: 310 });
  const most = (fed.time.elapsed() - start) / UNREACHED_MS + 2;
  expect(told() - before).toBeGreaterThan(0);
  expect(told() - before).toBeLessThanOrEqual(most);
});
