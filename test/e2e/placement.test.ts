/** What the graph has runs, without a further word; what fits no runner waits for one that does. */
import { afterEach, expect, test } from 'vitest';
import { json, place } from '../support/cli.ts';
import { ledgers, type Story, tagOf, tell } from '../support/federation.ts';

let story: Story | undefined;
afterEach(async () => {
  await story?.close();
  story = undefined;
});

type Items = { items: { node: string; runner: string; state: string; fence: number }[] };
const active = async (one: Story, node: string): Promise<string> => {
  for (;;) {
    const { items } = await json<Items>(one.homes.host, ['host', 'assignment', 'list']);
    const found = items.find((item) => item.node === node && item.state === 'active');
    if (found) return found.runner;
  }
};

test('a node that is added runs; one that no runner fits runs when such a runner is trusted', async () => {
  story = await tell(place());
  const { file } = await json<{ file: { nodes: Record<string, object>; edges: string[] } }>(
    story.homes.host,
    ['graph', 'show'],
  );
  const { builder } = file.nodes;
  const nodes = { ...file.nodes, helper: builder, mac: { ...builder, placement: { labels: { os: 'mac' } } } };
  const edges = [...file.edges, 'alice delegates_to helper', 'alice delegates_to mac'];
  const graph = story.here.file('more.json', JSON.stringify({ ...file, nodes, edges }));
  await json(story.homes.host, ['graph', 'apply', graph, '--yes']);
  const wait = ['--wait', '--timeout', '60s'];
  const asked = await json<{ state: string }>(story.homes.user, ['user', 'ask', 'helper', 'true', ...wait]);
  expect(asked.state).toBe('completed');

  const machine = story.here.home('m2');
  const offer = ['--sandbox', 'none', '--git-protocol', 'file', '--label', 'os=mac'];
  await json(machine, ['runner', 'init', '--keys', 'file', ...offer]);
  const { invite } = await json<{ invite: string }>(story.homes.host, [
    'host',
    'invite',
    'runner',
    '--name',
    'r2',
  ]);
  const { words } = await json<{ words: string }>(machine, ['runner', 'join', '-', '--wait', '20s'], invite);
  await story.here.start(machine, ['runner', 'serve']);
  await json(story.homes.host, ['host', 'runner', 'trust', 'r2', '--words', words]);
  expect(await active(story, 'mac')).toBe('r2');
  expect(await active(story, 'helper')).toBe('r1');
  await json(story.homes.user, ['user', 'ask', 'mac', 'true', ...wait]);

  // Revoked, the first runner is asked nothing more, though it is up and listening.
  await json(story.homes.host, ['host', 'runner', 'revoke', 'r1', '--yes']);
  expect(await active(story, 'helper')).toBe('r2');
  await json(story.homes.user, ['user', 'ask', 'helper', 'true', ...wait]);
  const onFirst = ledgers(story).runner.filter((line) => tagOf(line, 'type') === 'turn.finished');
  expect(onFirst).toHaveLength(1);
  const status = await json<{ trust: string; nodes: unknown[] }>(story.homes.runner, ['runner', 'status']);
  expect(status.trust).toBe('revoked');
}, 120_000);
