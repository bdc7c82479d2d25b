/** An edge's rate and places: the sender refuses before anything leaves. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { ask, reached, tryAsk } from './story.ts';

test('one open at once, then two an hour; the reason is named', async () => {
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: [{ from: 'alice', relation: 'delegates_to', to: 'builder', rate: '2/hour', max_concurrent: 1 }],
    suite: idealSuite,
    script: ({ task, sleep }) => (task === 'long' ? sleep(20_000) : undefined),
  });
  const outgoing = () => fed.people.alice!.disk.lines.filter(({ dir }) => dir === 'out').length;
  const first = await ask(fed, 'alice', 'builder', 'long');
  const sent = outgoing();
  expect(await tryAsk(fed, 'alice', 'builder', 'too many')).toMatchObject({
    code: 'denied',
    message: expect.stringContaining('(max_concurrent)'),
  });
  expect(outgoing()).toBe(sent);
  await reached(fed, 'alice', first, 'completed');
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'second'), 'completed');
  expect(await tryAsk(fed, 'alice', 'builder', 'third')).toMatchObject({
    code: 'denied',
    message: expect.stringContaining('(rate)'),
  });
  // An hour after the first there is room for one again, and for no more.
  await fed.time.pass(3_600_000 - 15_000);
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'later'), 'completed');
  expect(fed.runs.map(({ task }) => task)).toEqual(['long', 'second', 'later']);
});
