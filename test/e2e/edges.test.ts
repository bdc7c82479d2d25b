/** A removed edge ends what runs over it, on every side, with a reason. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { json, place, run } from '../support/cli.ts';
import { ledgers, type Story, tagOf, tell } from '../support/federation.ts';

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
});
