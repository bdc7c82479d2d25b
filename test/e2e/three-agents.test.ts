/** `examples/three-agents`: one command brings it up, and its programs do what its README says. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { upHome } from '../../src/cli/kit/repository-home.ts';
import { environment, json, OWN_ARGS, PROGRAM, run, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { approveAs, askAs, inboxAs, showAs, waitAs } from '../support/own-user.ts';

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

type Item = { what: string; id: string; kind?: string; node: string; state: string; title: string };

/** The home of the person, once the one command says that all is ready. */
const bringUp = async (kind: string): Promise<{ home: string; repository: string }> => {
  const here = tempHomes();
  const me = here.home('me');
  const repository = here.home('three');
  const entangle = join(here.root, 'entangle');
  ends.push(() => here.clean());
  mkdirSync(me, { recursive: true });
  writeFileSync(
    entangle,
    `#!/bin/sh\nexec ${[PROGRAM, ...OWN_ARGS].map((word) => `'${word}'`).join(' ')} "$@"\n`,
  );
  chmodSync(entangle, 0o755);
  const env = { ...environment(me), ENTANGLE: entangle };
  const example = spawn('sh', [resolve('examples/three-agents/run.sh'), repository, kind], {
    ...{ env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  const ended = new Promise((done) => example.on('close', done));
  ends.push(async () => {
    if (example.exitCode === null) process.kill(-example.pid!, 'SIGINT');
    await ended;
  });
  const lines: string[] = [];
  createInterface({ input: example.stdout! }).on('line', (line) => lines.push(line));
  await until('ready', async () => lines.some((line) => line.startsWith('ready: ')));
  return { home: upHome(join(me, '.local/share/entangle'), repository), repository };
};
/** By the agents: scripts end where they are refused, these give it as the words of their verdict. */
const NAMED: Readonly<Record<string, RegExp>> = {
  exec: /the graph has no edge .reviewer escalates_to you/,
  acp: /did not let it pass: refused \(no_edge\): the graph has no edge .reviewer escalates_to you/,
};
type Ended = { state: string; summary: string };

test.each(['exec', 'acp'])(
  '%s: planner, builder and reviewer do one task; the person answers, approves, it is published; a refusal names its edge',
  async (kind) => {
    const { home, repository } = await bringUp(kind);
    const applied = join(repository, '.git/three-agents.yaml');
    const file = readFileSync(applied, 'utf8');
    expect(file.split(`type: ${kind},`)).toHaveLength(4);
    const end = (session: string) => waitAs(home, session);
    const session = await askAs(home, 'planner', 'cats "purr"; and sleep a lot');
    const waiting = (what: string) =>
      inboxAs<Item>(home, (one) => one.what === what && ['open', 'pending'].includes(one.state));
    const escalation = await waiting('question');
    expect(escalation).toMatchObject({ kind: 'escalation', node: 'reviewer' });
    const shown = await json<{ text: string; path: string[] }>(home, ['user', 'show', escalation.id]);
    expect(shown.text).toContain('let it pass: +cats "purr"; and sleep a lot');
    expect(shown.path).toEqual(['you', 'planner', 'builder', 'reviewer']);
    await json(home, ['user', 'reply', escalation.id, 'yes']);
    const approval = await waiting('approval');
    expect(approval.node).toBe('builder');
    const { files } = await json<{ files: { file: string; name: string; node: string }[] }>(home, [
      ...['user', 'artifact', 'list'],
    ]);
    expect(files).toMatchObject([{ name: 'NOTES.md', node: 'builder' }]);
    const notes = join(repository, 'notes.md');
    const fetch = ['user', 'artifact', 'fetch', files[0]!.file, '--output', notes];
    await json(home, fetch);
    expect(readFileSync(notes, 'utf8')).toContain('cats "purr"; and sleep a lot');
    // Nothing is written over it
    expect((await run(home, fetch)).stderr).toContain('already exists');
    rmSync(notes);
    await approveAs(home, approval.id);
    expect(await end(session)).toMatchObject({ state: 'completed' });
    const traced = (await run(home, ['user', 'trace', session])).stdout;
    for (const signed of ['escalation by reviewer', 'approval.request by builder', 'task.result by planner'])
      expect(traced).toContain(signed);
    const branches = plainGit(repository, 'for-each-ref', '--format=%(refname)', 'refs/heads/entangle').split(
      '\n',
    );
    expect(branches.map((branch) => plainGit(repository, 'show', `${branch}:NOTES.md`))).toEqual([
      'cats "purr"; and sleep a lot',
    ]);
    // Without its edge the agent reads which one is missing, and what it says of that comes back to the person
    const without = file.split('\n').filter((line) => !/^ {2}- reviewer (?:escalates_to|may) /.test(line));
    writeFileSync(applied, without.join('\n'));
    await json(home, ['graph', 'apply', applied, '--yes', '--wait', 'online']);
    const second = await askAs(home, 'planner', 'dogs bark at what they cannot see');
    expect((await run(home, ['user', 'wait', second, '--timeout', '60s'])).code).toBe(5);
    const refused = await showAs<Ended>(home, second);
    expect(refused.state).toBe('failed');
    expect(refused.summary.replaceAll('\\', '')).toMatch(NAMED[kind]!);
  },
);

test('without entangle on PATH: how it gets there is said, and no directory is made', () => {
  const here = tempHomes();
  ends.push(() => here.clean());
  const directory = join(here.root, 'three');
  const { status, stdout, stderr } = spawnSync('sh', ['examples/three-agents/run.sh', directory], {
    env: { ...environment(here.root), ENTANGLE: 'no-such-program' },
    encoding: 'utf8',
  });
  expect([status, stdout, existsSync(directory)]).toEqual([6, '', false]);
  expect(stderr).toContain('npm link');
});

test('acp without its library: what installs it is said, and nothing is started', () => {
  const here = tempHomes();
  ends.push(() => here.clean());
  const example = join(here.root, 'example');
  cpSync('examples/three-agents', example, { recursive: true });
  const directory = here.home('three');
  const { status, stdout, stderr } = spawnSync('sh', [join(example, 'run.sh'), directory, 'acp'], {
    env: { ...environment(here.root), ENTANGLE: '/bin/echo' },
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`npm install --prefix ${directory}/.git/acp @agentclientprotocol/sdk`);
});
