/** Agents that delegate over real processes: allowed by an edge, refused without one, ended by their budget. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, json, place } from '../support/cli.ts';
import { gitFixture } from '../support/git-fixtures.ts';

const here = place();
const [operator, machine, device, wire] = ['o', 'm', 'd', 'w'].map((name) => here.home(name)) as [
  string,
  string,
  string,
  string,
];
type Session = { state: string; reason: string | null; summary: string | null };

/** Bash that delegates and prints the answer; quotes inside the JSON are escaped the JSON way. */
const ask = (to: string, task: string): string =>
  `printf '%s\\n' '${JSON.stringify({ delegate: { to, task } }).replaceAll("'", '\\u0027')}' >&3; read -r answer <&4; echo "$answer"`;
const agent = (repository: string) => ({
  kind: 'agent',
  engine: { type: 'exec', auth: 'none', command: ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'] },
  workspace: { repository, base: 'main' },
  policy: { sandbox: 'none', budget: { hops: 8, turns: 50 } },
});

beforeAll(async () => {
  const fixture = gitFixture({ 'a.txt': 'a\n' });
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const { host } = await json<{ host: string }>(operator, [
    'host',
    'init',
    '--graph',
    'acme',
    '--relay',
    relay,
    '--members',
    '--keys',
    'file',
  ]);
  await here.start(wire, ['relay', 'serve', '--port', new URL(relay).port, '--owner', host]);
  await here.start(operator, ['host', 'serve']);
  await json(machine, [
    'runner',
    'init',
    '--keys',
    'file',
    '--sandbox',
    'none',
    '--git-protocol',
    'file',
    '--capacity',
    '2',
  ]);
  const { invite } = await json<{ invite: string }>(operator, ['host', 'invite', 'runner', '--name', 'r1']);
  await json(machine, ['runner', 'join', '-'], invite);
  await json(operator, ['host', 'runner', 'trust', 'r1', '--yes']);
  await here.start(machine, ['runner', 'serve']);
  const { npub } = await json<{ npub: string }>(device, ['user', 'init', '--keys', 'file']);
  const ring = Array.from({ length: 8 }, (_, i) => `n${i}`);
  const graph = {
    graph: 'acme',
    nodes: {
      alice: { kind: 'user', pubkey: npub },
      ...Object.fromEntries(ring.map((name) => [name, agent(fixture.repository.url)])),
    },
    edges: [
      'alice delegates_to n0',
      ...ring.map((name, i) => `${name} delegates_to ${ring[(i + 1) % 8]}`),
      'n1 delegates_to n0',
    ],
  };
  await json(operator, ['graph', 'apply', here.file('graph.json', JSON.stringify(graph)), '--yes']);
  const user = await json<{ invite: string }>(operator, ['host', 'invite', 'user', '--name', 'alice']);
  await json(device, ['user', 'join', '-'], user.invite);
  for (const name of ring)
    await json(operator, ['host', 'assignment', 'create', name, '--runner', 'r1', '--wait', '30s']);
});
afterAll(() => here.clean());

const outcome = (task: string): Promise<Session> =>
  json<Session>(device, ['user', 'ask', 'n0', task, '--wait', '--timeout', '60s']);

describe('delegation', () => {
  test('over an edge: the other node does the work and its answer comes back', async () => {
    const { state, summary } = await outcome(ask('n1', 'echo done by the other'));
    expect(state).toBe('completed');
    expect(JSON.parse(summary!.trim())).toMatchObject({
      ok: true,
      state: 'completed',
      summary: 'done by the other\n',
    });
  });
  test('without an edge, and to itself: refused with a reason that the engine can read', async () => {
    const { summary } = await outcome(`${ask('n5', 'true')}\n${ask('n0', 'true')}\n${ask('nobody', 'true')}`);
    const answers = summary!
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(answers.map((answer) => answer.error.code)).toEqual(['no_edge', 'no_edge', 'no_edge']);
  });
  test('T47 a loop A→B→A is refused where it would close', async () => {
    const { summary } = await outcome(ask('n1', ask('n0', 'true')));
    const inner = JSON.parse(JSON.parse(summary!.trim()).summary.trim());
    expect(inner.error.code).toBe('budget_exceeded');
  });
  test('T47 a ring of eight, each passing the task on, ends before it closes', async () => {
    const log = `${here.root}/ring.log`;
    const script = here.file(
      'ring.sh',
      [
        'next=$((($1 + 1) % 8))',
        `printf '{"delegate":{"to":"n%s","task":"bash %s %s"}}\\n' $next "$0" $next >&3`,
        `read -r answer <&4; echo "n$1 $answer" >> ${log}`,
      ].join('\n'),
    );
    expect((await outcome(`bash ${script} 0`)).state).toBe('completed');
    const answers = readFileSync(log, 'utf8').trim().split('\n');
    expect(answers[0]).toContain('budget_exceeded');
    // Each ran once: who was refused told the one before, back to the first.
    const names = answers.map((line) => line.slice(0, 2));
    expect(names).toEqual(names.map((_, i) => `n${names.length - 1 - i}`));
    expect(names.length).toBeGreaterThan(2);
  });
  test('T47 a fan-out of fifty ends with the budget', async () => {
    const { summary } = await outcome(`for i in $(seq 50); do ${ask('n1', 'true')} | tail -c 60; done`);
    const lines = summary!.trim().split('\n');
    expect(lines.at(-1)).toContain('the task would come back');
    expect(lines.filter((line) => line.includes('completed')).length).toBeLessThan(50);
  });
  test('a directive that is none is refused, and so is free text', async () => {
    const { summary } = await outcome(
      `echo 'please delegate to n1' >&3; read -r a <&4; echo "$a"; echo '{"delegate":{"to":"n1"}}'`,
    );
    expect(JSON.parse(summary!.split('\n')[0]!).error.code).toBe('bad_directive');
  });
});
