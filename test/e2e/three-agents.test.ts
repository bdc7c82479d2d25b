/** `examples/three-agents`: one command brings it up, and its programs do what its README says. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { upHome } from '../../src/cli/kit/repository-home.ts';
import { environment, json, run, SELF, type TempHomes, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { approveAs, askAs, fetchAs, filesAs, inboxAs, replyAs, showAs, waitAs } from '../support/own-user.ts';

let ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.reverse()) await end();
  ends = [];
});

type Item = { what: string; id: string; kind?: string; node: string; state: string; title: string };
type Question = { text: string; path: string[] };
type Ended = { state: string; summary: string };

let here: TempHomes;
let repository: string;
const SELF_WORDS = SELF.map((word) => `'${word}'`).join(' ');
/** What `run.sh` calls: the program, or one for which `up` has brought a federation up already. */
const PROGRAMS = {
  first: `exec ${SELF_WORDS} "$@"`,
  again: `case $1 in up) echo '{"what":"up"}' ;; *) exec ${SELF_WORDS} "$@" ;; esac`,
};

/** The example over the same repository: it goes on until the test ends it, or once it has given its graph to what is there. */
const bringUp = async (kind: string, time: keyof typeof PROGRAMS): Promise<void> => {
  const entangle = here.file(`entangle-${time}`, `#!/bin/sh\n${PROGRAMS[time]}\n`);
  chmodSync(entangle, 0o755);
  const example = spawn('sh', [resolve('examples/three-agents/run.sh'), repository, kind], {
    ...{ env: { ...environment(here.home('me')), ENTANGLE: entangle } },
    ...{ detached: true, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  const ended = new Promise((done) => example.on('close', done));
  ends.push(async () => {
    if (example.exitCode === null) process.kill(-example.pid!, 'SIGINT');
    await ended;
  });
  const lines: string[] = [];
  createInterface({ input: example.stdout! }).on('line', (line) => lines.push(line));
  await until('ready', async () => lines.some((line) => line.startsWith('ready: ')));
};
/** By the agents: scripts end where they are refused, these give it as the words of their verdict. */
const NAMED: Readonly<Record<string, RegExp>> = {
  exec: /the graph has no edge .reviewer escalates_to you/,
  acp: /did not let it pass: refused \(no_edge\): the graph has no edge .reviewer escalates_to you/,
};
const applied = () => join(repository, '.git/three-agents.yaml');

/** Without its edge the agent reads which one is missing, and what it says of that comes back to the person. */
const refusedIn = async (home: string, kind: string): Promise<void> => {
  const file = readFileSync(applied(), 'utf8');
  const without = file.split('\n').filter((line) => !/^ {2}- reviewer (?:escalates_to|may) /.test(line));
  writeFileSync(applied(), without.join('\n'));
  await json(home, ['graph', 'apply', applied(), '--yes', '--wait', 'online']);
  const session = await askAs(home, 'planner', 'dogs bark at what they cannot see');
  await expect(waitAs(home, session)).rejects.toMatchObject({ code: 'denied' });
  const { state, summary } = await showAs<Ended>(home, session);
  expect([state, summary.replaceAll('\\', '')]).toEqual(['failed', expect.stringMatching(NAMED[kind]!)]);
};

test('planner, builder and reviewer do one task, as scripts and as agents of the protocol; the person answers, approves, it is published; a refusal names its edge', async () => {
  here = tempHomes();
  const { clean, home: homeOf, root } = here;
  ends.push(clean);
  mkdirSync(homeOf('me'), { recursive: true });
  repository = homeOf('three');
  await bringUp('exec', 'first');
  const home = upHome(join(homeOf('me'), '.local/share/entangle'), repository);
  const waiting = (what: string) =>
    inboxAs<Item>(home, (one) => one.what === what && ['open', 'pending'].includes(one.state));
  const asked = async (session: string) => {
    const escalation = await waiting('question');
    expect(escalation).toMatchObject({ kind: 'escalation', node: 'reviewer' });
    return { session, escalation };
  };
  const branches = () =>
    plainGit(repository, 'for-each-ref', '--format=%(refname)', 'refs/heads/entangle').split('\n');
  const published = async (session: string, words: string) => {
    const approval = await waiting('approval');
    expect(approval.node).toBe('builder');
    await approveAs(home, approval.id);
    expect(await waitAs(home, session)).toMatchObject({ state: 'completed' });
    const notes = branches().map((branch) => plainGit(repository, 'show', `${branch}:NOTES.md`));
    expect(notes).toContain(words);
    return notes.length;
  };

  // By the scripts, with the commands that the page names
  const words = 'cats "purr"; and sleep a lot';
  expect(readFileSync(applied(), 'utf8').split('type: exec,')).toHaveLength(4);
  const { session, escalation } = await asked(await askAs(home, 'planner', words));
  const shown = await json<Question>(home, ['user', 'show', escalation.id]);
  expect(shown.text).toContain(`let it pass: +${words}`);
  expect(shown.path).toEqual(['you', 'planner', 'builder', 'reviewer']);
  await json(home, ['user', 'reply', escalation.id, 'yes']);
  await waiting('approval');
  const { files } = await json<{ files: { file: string; name: string; node: string }[] }>(home, [
    ...['user', 'artifact', 'list'],
  ]);
  expect(files).toMatchObject([{ name: 'NOTES.md', node: 'builder' }]);
  const notes = join(root, 'notes.md');
  const fetch = ['user', 'artifact', 'fetch', files[0]!.file, '--output', notes];
  await json(home, fetch);
  expect(readFileSync(notes, 'utf8')).toContain(words);
  // Nothing is written over it
  expect((await run(home, fetch)).stderr).toContain('already exists');
  expect(await published(session, words)).toBe(1);
  const traced = (await run(home, ['user', 'trace', session])).stdout;
  for (const signed of ['escalation by reviewer', 'approval.request by builder', 'task.result by planner'])
    expect(traced).toContain(signed);
  await refusedIn(home, 'exec');

  // The same federation, with agents that speak the protocol
  await bringUp('acp', 'again');
  expect(readFileSync(applied(), 'utf8').split('type: acp,')).toHaveLength(4);
  const others = 'cows "moo"; and sleep standing';
  const second = await asked(await askAs(home, 'planner', others));
  expect(await showAs<Question>(home, second.escalation.id)).toMatchObject({
    text: expect.stringContaining(`let it pass: +${others}`),
    path: ['you', 'planner', 'builder', 'reviewer'],
  });
  await replyAs(home, second.escalation.id, 'yes');
  await waiting('approval');
  const given = (await filesAs(home)).find(({ file }) => file !== files[0]!.file);
  expect(given).toMatchObject({ name: 'NOTES.md', node: 'builder' });
  await fetchAs(home, given!.file, `${notes}.acp`);
  expect(readFileSync(`${notes}.acp`, 'utf8')).toContain(others);
  expect(await published(second.session, others)).toBe(2);
  await refusedIn(home, 'acp');
});

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
