/** A task that is cancelled, and what was given away for it. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { ask, atHost, cancel, reached } from './story.ts';

test.each(['r1', 'r2'])('ends all the way down, each by the node that gave it, on %s', async (elsewhere) => {
  const at = (runner: string) => ({ placement: { labels: { at: runner } } });
  const fed = await startFederation({
    people: { alice: {} },
    agents: { one: at('r1'), two: at(elsewhere), three: at('r1') },
    edges: ['alice delegates_to one', 'one delegates_to two', 'two delegates_to three'],
    runners: { r1: { labels: { at: 'r1' } }, r2: { labels: { at: 'r2' } } },
    suite: idealSuite,
    script: async ({ task, delegate, sleep }) => {
      if (task === 'one') await delegate('two', 'two');
      else if (task === 'two') await delegate('three', 'three');
      else await sleep(3_600_000);
    },
  });
  const session = await ask(fed, 'alice', 'one', 'one');
  await fed.until('the third', () => fed.runs.find(({ task }) => task === 'three'));
  const sessions = [fed.runners.r1!, fed.runners[elsewhere]!].flatMap(({ home }) =>
    home.tables.list('sessions').map(({ id }) => id),
  );
  const children = [...new Set(sessions)].filter((id) => id !== session);
  expect(children).toHaveLength(2);
  await cancel(fed, 'alice', session);
  await reached(fed, 'alice', session, 'cancelled');
  for (const id of children) await fed.until('its end', () => atHost(fed, id)?.startsWith('cancelled'));
  await fed.close();
});
