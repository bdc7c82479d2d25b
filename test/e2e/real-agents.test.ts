/** Agents of others at work in a whole federation, each brought up by its name: `npm run agents:install` gets them. */
import { mkdirSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { installedAgent, pathWith } from '../../scripts/agents/installed.ts';
import {
  running,
  type StubMessage,
  type StubStep,
  startStubModel,
  writing,
} from '../../scripts/agents/stub-model.ts';
import type { AgentProfile } from '../../src/core/vocabulary.ts';
import type { UpReady } from '../../src/local/up-ready.ts';
import { environment, json, tempHomes } from '../support/cli.ts';
import { type Foreground, foreground } from '../support/foreground.ts';
import { plainGit, writeFiles } from '../support/git-fixtures.ts';

// One of them every time; the others with the long counts
const WANTED: readonly AgentProfile[] = process.env.SLOW === '1' ? ['kimi', 'opencode'] : ['kimi'];
const there = WANTED.filter((profile) => installedAgent(profile) !== null);
for (const profile of WANTED)
  if (!there.includes(profile))
    console.log(`${profile} itself is passed over: it is not here; \`npm run agents:install ${profile}\``);

const here = tempHomes();
const started: Foreground[] = [];
afterAll(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGINT');
    await ended;
  }
  await here.clean();
});

/** A repository of its own; `up` in it with an agent. */
const up = (name: string, path: string, ...args: string[]): Foreground => {
  const home = here.home(name);
  const repository = here.home(`${name}-project`);
  for (const directory of [home, repository]) mkdirSync(directory);
  plainGit(repository, 'init', '--quiet', '--initial-branch=main');
  writeFiles(repository, { 'a.txt': 'a\n' });
  plainGit(repository, 'add', '.');
  plainGit(repository, 'commit', '--quiet', '--message', 'one');
  const process = foreground(repository, home, ['up', '--json', ...args], { PATH: path });
  started.push(process);
  return process;
};

test('one that is missing says how it is got', async () => {
  const alone = up(
    'absent',
    environment('').PATH!.replace(/[^:]*\.agents[^:]*:?/g, ''),
    '--agent',
    'goose',
    '--model',
    'm',
    '--model-url',
    'http://127.0.0.1:1/v1',
  );
  expect(await alone.ended).toBe(6);
  const { error } = JSON.parse(alone.lines.join('\n'));
  expect([error.message, error.hint]).toEqual([
    'the agent "goose" is not on this machine',
    expect.stringContaining('install it where PATH has it: see https://block.github.io/goose'),
  ]);
});

type Item = { what: string; id: string; state: string; session?: string };
const textOf = ({ content }: StubMessage): string =>
  typeof content === 'string' ? content : JSON.stringify(content ?? '');
/** An agent has other names for tools of ours. */
const ours = (name: string, args: object): StubStep => ({
  tool: new RegExp(`entangle-.*_${name}$`),
  args: { ...args },
});

/** What the model says in each of the tasks, one step for each result that it has had since. */
const STORY: Readonly<Record<string, readonly ((heard: string) => StubStep)[]>> = {
  'make a file': [
    () => writing('by-edit.txt', 'made\n'),
    () => running('echo ran$((40+2))'),
    () => running('echo never$((40+2))'),
    () => ours('ask', { question: 'which colour?' }),
    () => ours('delegate', { to: 'helper', task: 'printf helped' }),
    () => ours('handoff', { to: 'stranger', task: 'printf no' }),
    // As it was told
    (heard) =>
      writing('by-refusal.txt', /builder hands_off_to stranger/.test(heard) ? 'kept it\n' : 'not told\n'),
  ],
  'once more': [() => writing('again.txt', 'made\n')],
  'wait for nobody': [() => running('echo late$((40+2))')],
};

type View = {
  operation: string;
  subjectDigest: string;
  files?: { path: string }[];
};

/** What the model says next, from what it was told; results that it has had since a task are added to `heard`. */
const storyOf =
  (heard: string[]) =>
  (messages: readonly StubMessage[]): StubStep | null => {
    const isTask = (message: StubMessage, words: string) =>
      message.role === 'user' && textOf(message).includes(words);
    const at = messages.findLastIndex((one) => Object.keys(STORY).some((words) => isTask(one, words)));
    const words = Object.keys(STORY).findLast((one) => at >= 0 && isTask(messages[at]!, one)) ?? '';
    const results = messages.slice(at + 1).filter(({ role }) => role === 'tool');
    const last = results.at(-1);
    if (last) heard.push(textOf(last));
    return STORY[words]?.[results.length]?.(heard.at(-1) ?? '') ?? null;
  };

/** A person who sees what waits in the lines of `up`, and decides by commands. */
const personAt = (home: string, process: Foreground) => {
  const seen: string[] = [];
  const waiting = async (what: string, state: string): Promise<string> => {
    const text = await process.line((line) => {
      const one = JSON.parse(line) as Item;
      return one.state === 'failed' || (one.what === what && one.state === state && !seen.includes(one.id));
    });
    const one = JSON.parse(text) as Item;
    if (one.state === 'failed') throw new Error(JSON.stringify(await json(home, ['user', 'show', one.id])));
    seen.push(one.id);
    return one.id;
  };
  return {
    waiting,
    /** What is asked about next, and what was said about it. */
    async decide(...[verb, words]: readonly [string, string?]): Promise<View> {
      const id = await waiting('approval', 'pending');
      const view = await json<View>(home, ['user', 'show', id]);
      if (verb === 'approve')
        await json(home, ['user', 'approve', id, '--subject-digest', view.subjectDigest]);
      else await json(home, ['user', verb, id, '-m', words!]);
      return view;
    },
  };
};

/** The graph of `up`, with edits asked about, a helper, and a stranger to whom no edge of the builder leads. */
const richer = async (home: string): Promise<object> => {
  const { file } = await json<{
    file: { nodes: Record<string, { policy: { approval: object } }>; edges: string[] };
  }>(home, ['graph', 'show']);
  const exec = (...command: string[]) => ({
    kind: 'agent',
    engine: { type: 'exec', auth: 'none', command },
    policy: { sandbox: 'none' },
  });
  const builder = file.nodes.builder!;
  expect(builder.policy.approval).toHaveProperty('command.run');
  const approval = { ...builder.policy.approval, 'file.write': { by: ['you'] } };
  return {
    ...file,
    nodes: {
      ...file.nodes,
      builder: { ...builder, policy: { ...builder.policy, approval } },
      helper: exec('bash', '-c', 'bash "$ENTANGLE_TASK_FILE"'),
      stranger: exec('true'),
    },
    edges: [...file.edges, 'builder delegates_to helper', 'you delegates_to stranger'],
  };
};

const wait = <T>(home: string, session: string): Promise<T> =>
  json<T>(home, ['user', 'wait', session, '--timeout', '60s']);

// One federation; each test goes on where the one before ended
describe.each(there)('%s', (profile) => {
  const heard: string[] = [];
  let ready: UpReady;
  let person: ReturnType<typeof personAt>;
  let session: string;
  let model: Awaited<ReturnType<typeof startStubModel>>;
  afterAll(() => model.close());

  test('is probed and brought up, and joins a graph of three', async () => {
    model = await startStubModel('none', storyOf(heard));
    const process = up(
      profile,
      pathWith(installedAgent(profile)!),
      ...['--agent', profile, '--model', 'stub', '--model-url', model.endpoint, '--sandbox', 'none'],
    );
    ready = JSON.parse(await process.line(() => true)) as UpReady;
    expect(ready.agent).toEqual({ name: profile, model: 'stub', endpoint: model.endpoint });
    expect(process.errors.join('\n')).toContain(': asks before a command, and leaves what is rejected');
    const graph = here.file(`${profile}.yaml`, stringify(await richer(ready.home)));
    await json(ready.home, ['graph', 'apply', graph, '--yes', '--wait', 'all', '--timeout', '60s']);
    person = personAt(ready.home, process);
  });

  test('edits, runs what is approved and not what is rejected', async () => {
    session = (await json<{ session: string }>(ready.home, ['user', 'ask', 'builder', 'make a file']))
      .session;
    expect(await person.decide('approve')).toMatchObject({ operation: 'file.write' });
    expect(JSON.stringify(await person.decide('approve'))).toContain('echo ran$((40+2))');
    expect(JSON.stringify(await person.decide('reject', 'not this'))).toContain('echo never$((40+2))');
  });

  test('asks, delegates, is told no, and acts on what it was told', async () => {
    await json(ready.home, ['user', 'reply', await person.waiting('question', 'open'), 'blue']);
    expect(await person.decide('approve')).toMatchObject({ operation: 'file.write' });
    const first = await person.decide('request-changes', 'once more');
    expect(first.files?.map(({ path }) => path)).toEqual(['by-edit.txt', 'by-refusal.txt']);
    const told = heard.join('\n');
    for (const words of ['ran42', 'blue', 'helped', 'builder hands_off_to stranger'])
      expect(told).toContain(words);
    expect(told).not.toContain('never42');
  });

  test('makes the changes that were asked for, which are published', async () => {
    expect(await person.decide('approve')).toMatchObject({ operation: 'file.write' });
    const second = await person.decide('approve');
    expect(second.files?.map(({ path }) => path)).toEqual(['again.txt', 'by-edit.txt', 'by-refusal.txt']);
    const done = await wait<{ state: string; artifacts: { branch: string }[] }>(ready.home, session);
    expect(done.state).toBe('completed');
    const { branch } = done.artifacts[0]!;
    expect(plainGit(ready.repository, 'show', `${branch}:by-refusal.txt`)).toBe('kept it');
  });

  test('is cancelled while it waits for an answer', async () => {
    const late = await json<{ session: string }>(ready.home, ['user', 'ask', 'builder', 'wait for nobody']);
    await person.waiting('approval', 'pending');
    await json(ready.home, ['user', 'cancel', late.session]);
    const ended = await wait(ready.home, late.session).catch((error: Error) => error.message);
    expect(JSON.stringify(ended)).toContain('cancelled');
    expect(heard.join('\n')).not.toContain('late42');
  });
});
