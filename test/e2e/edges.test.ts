/** A removed edge ends what runs over it, on every side, with a reason. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { KEYS } from '../graphs/acme.ts';
import { json, place, run } from '../support/cli.ts';
import { ledgers, resultsOf, type Story, tagOf, tell } from '../support/federation.ts';

type Graph = { nodes: { builder: { policy: object } }; edges: string[] };
let story: Story | undefined;
afterEach(async () => {
  await story?.close();
  story = undefined;
});

const stateAtHost = (one: Story, session: string): string | undefined =>
  ledgers(one)
    .host.filter((line) => tagOf(line, 'type') === 'session.observed' && tagOf(line, 'session') === session)
    .map((line) => `${JSON.parse(line.event.content).state} ${JSON.parse(line.event.content).reason ?? ''}`)
    .at(-1);

describe('a removed edge', () => {
  test('T46 stops the running engine, ends the session at its owner, and the requester is told why', async () => {
    story = await tell(place());
    const session = await story.ask('sleep 600');
    while (!stateAtHost(story, session)?.startsWith('active'))
      await new Promise((done) => setTimeout(done, 50));
    const file = join(story.here.root, 'graph.json');
    const graph = JSON.parse(readFileSync(file, 'utf8'));
    graph.edges = graph.edges.filter((edge: string) => !edge.includes('delegates_to'));
    writeFileSync(file, JSON.stringify(graph));
    await json(story.homes.host, ['graph', 'apply', file, '--yes']);
    const waited = await run(story.homes.user, ['user', 'wait', session, '--timeout', '30s', '--json']);
    expect(waited.code).toBe(5);
    expect(waited.stdout).toContain('edge_removed');
    while (!stateAtHost(story, session)?.startsWith('failed'))
      await new Promise((done) => setTimeout(done, 50));
    expect(stateAtHost(story, session)).toBe('failed edge_removed');
    const again = await run(story.homes.user, ['user', 'ask', 'builder', 'true', '--json']);
    expect(again.code).toBe(5);
  }, 120_000);
  test('removed with its person: they are told, and asked for no more patience', async () => {
    story = await tell(place());
    const session = await story.ask('sleep 600');
    while (!stateAtHost(story, session)?.startsWith('active'))
      await new Promise((done) => setTimeout(done, 50));
    const file = join(story.here.root, 'graph.json');
    const graph = JSON.parse(readFileSync(file, 'utf8'));
    delete graph.nodes.alice;
    graph.nodes.bob = { kind: 'user', pubkey: KEYS[0] };
    graph.edges = ['bob delegates_to builder'];
    writeFileSync(file, JSON.stringify(graph));
    await json(story.homes.host, ['graph', 'apply', file, '--yes']);
    const waited = await run(story.homes.user, ['user', 'wait', session, '--timeout', '30s', '--json']);
    expect(waited.code).toBe(5);
    const again = await run(story.homes.user, ['user', 'ask', 'builder', 'true', '--json']);
    expect(again.code).toBe(5);
    expect(JSON.parse(again.stdout).error.message).toContain('graph');
  }, 120_000);
  test.each([
    ['as it was', (graph: Graph) => graph],
    [
      'with a node that starts anew',
      (graph: Graph) => {
        graph.nodes.builder.policy = { sandbox: 'none', budget: { time: '50m' } };
        return graph;
      },
    ],
  ])(
    'comes back %s: what ended with it stays ended, its task is not run again, and its requester is told',
    async (_how, change) => {
      story = await tell(place());
      const marks = join(story.here.root, 'ran');
      const session = await story.ask(`echo ran >> ${marks}; sleep 600`);
      while (!existsSync(marks)) await new Promise((done) => setTimeout(done, 50));
      const file = join(story.here.root, 'graph.json');
      const text = readFileSync(file, 'utf8');
      const without = JSON.parse(text);
      without.edges = without.edges.filter((edge: string) => !edge.includes('delegates_to'));
      writeFileSync(file, JSON.stringify(without));
      await json(story.homes.host, ['graph', 'apply', file, '--yes']);
      while (!stateAtHost(story, session)?.startsWith('failed'))
        await new Promise((done) => setTimeout(done, 50));
      writeFileSync(file, JSON.stringify(change(JSON.parse(text))));
      await json(story.homes.host, ['graph', 'apply', file, '--yes', '--wait=online']);
      const waited = await run(story.homes.user, ['user', 'wait', session, '--timeout', '30s', '--json']);
      expect(waited.stdout).toContain('edge_removed');
      expect(resultsOf(story, session)).toEqual(['failed']);
      // What is asked now is done after whatever would have come back.
      const next = await story.ask('true');
      await json(story.homes.user, ['user', 'wait', next, '--timeout', '60s']);
      expect(readFileSync(marks, 'utf8')).toBe('ran\n');
      expect(stateAtHost(story, session)).toBe('failed edge_removed');
    },
    120_000,
  );
});
