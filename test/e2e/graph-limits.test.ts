/** An edge's rate and places, over real processes: the sender refuses before anything leaves. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, json, place, run } from '../support/cli.ts';
import { gitFixture } from '../support/git-fixtures.ts';

const here = place();
const [operator, machine, device, wire] = ['o', 'm', 'd', 'w'].map((name) => here.home(name)) as [
  string,
  string,
  string,
  string,
];
type Asked = { session: string };
const ask = (task: string, ...more: string[]) =>
  run(device, ['user', 'ask', 'builder', task, '--json', ...more]);

beforeAll(async () => {
  const relay = `ws://127.0.0.1:${await freePort()}`;
  const init = ['host', 'init', '--graph', 'acme', '--relay', relay, '--members', '--keys', 'file'];
  const { host } = await json<{ host: string }>(operator, init);
  await here.start(wire, ['relay', 'serve', '--port', new URL(relay).port, '--owner', host]);
  await here.start(operator, ['host', 'serve']);
  const offer = ['--keys', 'file', '--sandbox', 'none', '--git-protocol', 'file', '--capacity', '2'];
  await json(machine, ['runner', 'init', ...offer]);
  const { invite } = await json<{ invite: string }>(operator, ['host', 'invite', 'runner', '--name', 'r1']);
  await json(machine, ['runner', 'join', '-'], invite);
  await json(operator, ['host', 'runner', 'trust', 'r1', '--yes']);
  await here.start(machine, ['runner', 'serve']);
  const { npub } = await json<{ npub: string }>(device, ['user', 'init', '--keys', 'file']);
  const graph = {
    graph: 'acme',
    nodes: {
      alice: { kind: 'user', pubkey: npub },
      builder: {
        kind: 'agent',
        engine: { type: 'exec', auth: 'none', command: ['bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'] },
        workspace: { repository: gitFixture({ 'a.txt': 'a\n' }).repository.url, base: 'main' },
        policy: { sandbox: 'none' },
      },
    },
    edges: [{ from: 'alice', relation: 'delegates_to', to: 'builder', rate: '2/hour', max_concurrent: 1 }],
  };
  await json(operator, ['graph', 'apply', here.file('graph.json', JSON.stringify(graph)), '--yes']);
  const user = await json<{ invite: string }>(operator, ['host', 'invite', 'user', '--name', 'alice']);
  await json(device, ['user', 'join', '-'], user.invite);
  await json(operator, ['host', 'assignment', 'create', 'builder', '--runner', 'r1', '--wait', '30s']);
});
afterAll(() => here.clean());

test('one open at once, then two an hour; the reason is named and the exit code is 5', async () => {
  const gate = join(here.root, 'gate');
  const first = JSON.parse((await ask(`until [ -e ${gate} ]; do sleep 0.05; done`)).stdout) as Asked;
  const second = await ask('true');
  expect(second.code).toBe(5);
  expect(JSON.parse(second.stdout).error).toMatchObject({
    code: 'denied',
    message: expect.stringContaining('(max_concurrent)'),
  });
  expect(existsSync(gate)).toBe(false);
  here.file('gate', '');
  await json(device, ['user', 'wait', first.session, '--timeout', '30s']);
  expect(await ask('true', '--wait', '--timeout', '30s')).toMatchObject({ code: 0 });
  const third = await ask('true');
  expect(third.code).toBe(5);
  expect(JSON.parse(third.stdout).error.message).toContain('(rate)');
});
