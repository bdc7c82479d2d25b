/** What the graph has runs, without a further word; what fits no runner waits for one that does. */
import { expect, test } from 'vitest';
import { idealSuite } from '../support/ideal-suite.ts';
import { startFederation } from './federation.ts';
import { ask, reached } from './story.ts';

test('a node that is added runs; one that no runner fits runs when such a runner is trusted', async () => {
  const fed = await startFederation({
    people: { alice: {} },
    agents: { builder: {} },
    edges: ['alice delegates_to builder'],
    suite: idealSuite,
  });
  const { tables } = fed.host.home;
  const nameOf = (runner: string) => tables.get('hellos', runner)?.name;
  const placeOf = (node: string) =>
    tables
      .list('assignments', { node, state: 'active' })
      .map(({ runner }) => nameOf(runner))
      .join();
  const done = async (node: string, task: string) =>
    reached(fed, 'alice', await ask(fed, 'alice', node, task), 'completed');
  await fed.applyGraph((file) => {
    const { builder } = file.nodes;
    file.nodes.helper = structuredClone(builder!);
    file.nodes.mac = { ...structuredClone(builder!), placement: { labels: { os: 'mac' } } };
    file.edges.push('alice delegates_to helper', 'alice delegates_to mac');
  });
  await done('helper', 'first');
  await fed.time.pass(60_000);
  expect(placeOf('mac')).toBe('');

  await fed.addRunner('r2', { labels: { os: 'mac' } });
  await fed.time.pass(60_000);
  expect(placeOf('mac')).toBe('');
  await fed.trust('r2');
  await fed.until('a place for mac', () => placeOf('mac') === 'r2');
  expect(placeOf('helper')).toBe('r1');
  await done('mac', 'second');

  // Revoked, the first runner is asked nothing more, though it is up and listening.
  await fed.trust('r1', 'revoked');
  await fed.until('another place for helper', () => placeOf('helper') === 'r2');
  await done('helper', 'third');
  expect(fed.runs.map(({ runner, task }) => `${task} on ${runner}`)).toEqual([
    'first on r1',
    'second on r2',
    'third on r2',
  ]);
  const { home } = fed.runners.r1!;
  expect(home.tables.get('trust', home.self.pubkey)?.state).toBe('revoked');
  expect([...home.identities.values()].map(({ role }) => role)).toEqual(['runner']);
});
