/** `examples/three-agents`: one command brings it up, and its programs do what its README says. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { upHome } from '../../src/cli/kit/repository-home.ts';
import { environment, json, run, SELF, tempHomes } from '../support/cli.ts';
import { until } from '../support/custom-federation.ts';
import { plainGit } from '../support/git-fixtures.ts';
import { approveAs, askAs, fetchAs, filesAs, inboxAs, replyAs, showAs, waitAs } from '../support/own-user.ts';

const ends: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const end of ends.reverse()) await end();
});

type Item = { what: string; id: string; kind?: string; node: string; state: string; title: string };
type Question = { text: string; path: string[] };
type Ended = { state: string; summary: string };

const here = tempHomes();
const repository = here.home('three');
/** Of the person, as `up` makes it. */
const home = upHome(join(here.home('me'), '.local/share/entangle'), repository);
beforeAll(async () => {
  ends.push(here.clean);
  mkdirSync(here.home('me'), { recursive: true });
  await bringUp('exec', 'first');
});

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
const refusedAs = async (kind: string): Promise<void> => {
  const file = readFileSync(applied(), 'utf8');
  const without = file.split('\n').filter((line) => !/^ {2}- reviewer (?:escalates_to|may) /.test(line));
  writeFileSync(applied(), without.join('\n'));
  await json(home, ['graph', 'apply', applied(), '--yes', '--wait', 'online']);
  const session = await askAs(home, 'planner', 'dogs bark at what they cannot see');
  await expect(waitAs(home, session)).rejects.toMatchObject({ code: 'denied' });
  const { state, summary } = await showAs<Ended>(home, session);
  expect([state, summary.replaceAll('\\', '')]).toEqual(['failed', expect.stringMatching(NAMED[kind]!)]);
};

const waiting = (what: string) =>
  inboxAs<Item>(home, (one) => one.what === what && ['open', 'pending'].includes(one.state));
const asked = async (words: string) => {
  const session = await askAs(home, 'planner', words);
  const escalation = await waiting('question');
  expect(escalation).toMatchObject({ kind: 'escalation', node: 'reviewer' });
  return { session, escalation };
};
/** Once the person approved it: what each branch that was published has. */
const published = async (session: string): Promise<string[]> => {
  const approval = await waiting('approval');
  expect(approval.node).toBe('builder');
  await approveAs(home, approval.id);
  expect(await waitAs(home, session)).toMatchObject({ state: 'completed' });
  return plainGit(repository, 'for-each-ref', '--format=%(refname)', 'refs/heads/entangle')
    .split('\n')
    .map((branch) => plainGit(repository, 'show', `${branch}:NOTES.md`));
};
const FIRST = 'cats "purr"; and sleep a lot';

test('scripts: planner, builder and reviewer do one task; the person answers, approves, it is published; a refusal names its edge', async () => {
  expect(readFileSync(applied(), 'utf8').split('type: exec,')).toHaveLength(4);
  const { session, escalation } = await asked(FIRST);
  const shown = await json<Question>(home, ['user', 'show', escalation.id]);
  expect(shown.text).toContain(`let it pass: +${FIRST}`);
  expect(shown.path).toEqual(['you', 'planner', 'builder', 'reviewer']);
  await json(home, ['user', 'reply', escalation.id, 'yes']);
  await waiting('approval');
  const { files } = await json<{ files: { file: string; name: string; node: string }[] }>(home, [
    ...['user', 'artifact', 'list'],
  ]);
  expect(files).toMatchObject([{ name: 'NOTES.md', node: 'builder' }]);
  const notes = join(here.root, 'notes.md');
  const fetch = ['user', 'artifact', 'fetch', files[0]!.file, '--output', notes];
  await json(home, fetch);
  expect(readFileSync(notes, 'utf8')).toContain(FIRST);
  // Nothing is written over it
  expect((await run(home, fetch)).stderr).toContain('already exists');
  expect(await published(session)).toEqual([FIRST]);
  const traced = (await run(home, ['user', 'trace', session])).stdout;
  for (const signed of ['escalation by reviewer', 'approval.request by builder', 'task.result by planner'])
    expect(traced).toContain(signed);
  await refusedAs('exec');
});

test('agents that speak the protocol: the same in the same federation', async () => {
  await bringUp('acp', 'again');
  expect(readFileSync(applied(), 'utf8').split('type: acp,')).toHaveLength(4);
  const words = 'cows "moo"; and sleep standing';
  const before = await filesAs(home);
  const { session, escalation } = await asked(words);
  expect(await showAs<Question>(home, escalation.id)).toMatchObject({
    text: expect.stringContaining(`let it pass: +${words}`),
    path: ['you', 'planner', 'builder', 'reviewer'],
  });
  await replyAs(home, escalation.id, 'yes');
  await waiting('approval');
  const given = (await filesAs(home)).filter(({ file }) => before.every((one) => one.file !== file));
  expect(given).toMatchObject([{ name: 'NOTES.md', node: 'builder' }]);
  const notes = join(here.root, 'notes-of-agents.md');
  await fetchAs(home, given[0]!.file, notes);
  expect(readFileSync(notes, 'utf8')).toContain(words);
  expect((await published(session)).toSorted()).toEqual([FIRST, words].toSorted());
  await refusedAs('acp');
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
