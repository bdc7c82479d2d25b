/** A Host that was away finds mail waiting: it takes all of it, and counts nothing that nobody did wrong. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { refusedBy } from './refused.ts';
import { ask, reached } from './story.ts';

test('ten restarts with mail waiting', async () => {
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    suite: idealSuite,
  });
  await reached(fed, 'alice', await ask(fed, 'alice', 'builder', 'first'), 'completed');
  for (let n = 0; n < 10; n++) {
    await fed.finish('the stop', fed.host.stop());
    const session = await ask(fed, 'alice', 'builder', `task ${n}`);
    await reached(fed, 'alice', session, 'completed');
    await fed.finish('the start', fed.host.start());
    await fed.until(
      'the Host to know',
      () => fed.host.home.tables.get('sessions', session)?.state === 'completed',
    );
  }
  expect(fed.host.log.filter((line) => /cannot|not taken|initialization/.test(line))).toEqual([]);
  expect(refusedBy(fed.host)).toEqual([]);
  await fed.close();
});
