/** What comes of a turn in every way it can end, and that what it made is neither lost nor left lying about. */
import { describe, expect, test } from 'vitest';
import { type EngineTurn, onlyExec } from '../../../test/sim/scripted-engine.ts';
import {
  ASSIGNMENT,
  ENFORCED_GRAPH,
  FREE_GRAPH,
  type SingleRunner,
  startFreeRunner,
  startReadyRunner,
  startSingleRunner,
} from '../../../test/sim/single-runner.ts';
import { probedAs } from '../../../test/support/probe-records.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { utf8 } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Turn } from '../../ports/index.ts';
import { specOf } from './runner.ts';
import { runTurn } from './turn.ts';
import { repositoryOf } from './workspace.ts';

const S = uuidOf(0xe1);
const BRANCH = `entangle/builder/${S}`;
const DIRECTORY = `/r1/turns/${S}-1`;
const never = new AbortController().signal;
const whose = (one: SingleRunner): string => {
  const { node, requester } = one.session(S)!;
  return `Entangle-Session: ${S}\nEntangle-Node: ${npub(node)}\nEntangle-Requested-By: ${npub(requester)}\n`;
};
/** How the task ended, what was told of it, and what is left of its files where it ran. */
const ended = async (one: SingleRunner, task = 'write') => {
  await one.request(S, 'user', task);
  await one.time.until('the end', () => one.session(S)?.open === 0, 30_000);
  const { state, reason } = one.session(S)!;
  const { summary } = one.said('task.result')[0]!.body;
  return { state, reason, summary, left: [...one.machine.files.keys()] };
};
const failed = { state: 'failed', reason: 'turn_failed', left: [] };

describe('a turn', () => {
  test('leaves nothing where it ran; its commit says of which session it is', async () => {
    const one = await startFreeRunner();
    expect(await ended(one, 'write\nit well')).toMatchObject({ state: 'completed', left: [] });
    const commit = one.remote.commits.get(one.remote.branches.get(BRANCH)!)!;
    expect(commit.message).toBe(`write…\n\n${whose(one)}`);
    const wordless = await startFreeRunner();
    await ended(wordless, ' ');
    const other = wordless.remote.commits.get(wordless.remote.branches.get(BRANCH)!)!;
    expect(other.message).toBe(`task\n\n${whose(wordless)}`);
  });

  test('commits as whom its workspace names, with its trailers, for a branch of its pattern', async () => {
    const names = [
      'author: Ada <ada@example.com>',
      'branch: "agents/{session}-{node}"',
      'trailers: ["Signed-off-by: Ada <ada@example.com>", "Change-Id: {change}", "On: {node} {session}"]',
    ].join(', ');
    const one = await startFreeRunner({ graph: FREE_GRAPH.replace('base: main', `base: main, ${names}`) });
    expect(await ended(one)).toMatchObject({ state: 'completed' });
    const commit = one.remote.commits.get(one.remote.branches.get(`agents/${S}-builder`)!)!;
    expect(commit.author).toBe('Ada <ada@example.com>');
    expect(commit.message).toMatch(
      new RegExp(
        `^write\n\n${whose(one)}Signed-off-by: Ada <ada@example\\.com>\nChange-Id: I[0-9a-f]{40}\nOn: builder ${S}\n$`,
      ),
    );
  });

  test('of a node without a repository runs in an empty directory, and publishes nothing', async () => {
    const one = await startFreeRunner({
      graph: FREE_GRAPH.replace(/ {4}workspace: .*\n/, ''),
      script: ({ read, write, print }) => {
        print(`a.txt: ${read('a.txt')}`);
        write('done.txt', 'done');
      },
    });
    const words = { state: 'completed', reason: null, summary: 'a.txt: undefined', left: [] };
    expect(await ended(one)).toEqual(words);
    expect([one.runs.length, one.turn(S)!.commit_id, one.remote.updates, one.machine.stores.size]).toEqual([
      1,
      null,
      [],
      0,
    ]);
  });

  test('on a base that the remote does not have is told in these words alone', async () => {
    const one = await startFreeRunner({ graph: FREE_GRAPH.replace('base: main', 'base: next') });
    expect(await ended(one)).toEqual({ ...failed, summary: 'the remote has no branch "next"' });
  });

  test('of an engine that this runner has no more fails, and says which', async () => {
    const one = await startFreeRunner();
    one.runner.engines = onlyExec(null);
    expect(await ended(one)).toEqual({ ...failed, summary: 'no exec engine here' });
    expect(one.logged).toEqual(['a turn failed: no exec engine here']);
  });

  test('of a node without a budget of time may take half an hour, print 8 MiB, fill 2 GiB, and leave 8 GiB', async () => {
    const one = await startFreeRunner();
    const exec = one.runner.engines.exec!;
    const limits: Turn['limits'][] = [];
    one.runner.engines = onlyExec({
      ...exec,
      run: (turn, session, signal) => {
        limits.push(turn.limits);
        return exec.run(turn, session, signal);
      },
    });
    expect(await ended(one)).toMatchObject({ state: 'completed' });
    expect(limits).toEqual([
      {
        ...{ timeMs: 1_800_000, outputBytes: 8 * 1024 ** 2, memoryBytes: 2 * 1024 ** 3 },
        ...{ diskBytes: 8 * 1024 ** 3, diskEntries: 500_000 },
      },
    ]);
  });

  test.each([
    ['no policy', '', false],
    ['one of what is published', 'source.publish', false],
    ['one of its commands', 'command.run', true],
    ['one of its files', 'file.write', true],
    ['none that is known here', null, true],
  ])('tells its engine whether people answer for its calls: %s', async (_, operation, isAsked) => {
    const one = await startFreeRunner();
    const exec = one.runner.engines.exec!;
    const told: Turn['isAsked'][] = [];
    const run: typeof exec.run = async (turn, session, signal) => {
      told.push(turn.isAsked);
      return exec.run(turn, session, signal);
    };
    one.runner.engines = onlyExec({ ...exec, run });
    const { fetch } = one.runner.git;
    // When the turn is there, and before its engine is
    one.runner.git.fetch = (...given) => {
      const routes = one.home.tables.get('routes', one.actors.node.pubkey)!;
      const approval = operation ? { [operation]: { by: ['alice'], quorum: 1 } } : {};
      if (operation === null) one.home.tables.remove('routes', routes.owner);
      else one.home.tables.put('routes', { ...routes, approval });
      return fetch(...given);
    };
    await one.request(S);
    await one.time.until('its engine', () => told.length > 0, 30_000);
    expect(told).toEqual([isAsked]);
  });

  test('that left more than may lie here is not committed, and says so', async () => {
    const one = await startFreeRunner();
    const exec = one.runner.engines.exec!;
    one.runner.engines = onlyExec({
      ...exec,
      run: async (...given) => ({ ...(await exec.run(...given)), reason: 'disk_limit', tail: 'too much' }),
    });
    expect(await ended(one)).toEqual({ ...failed, reason: 'turn_disk_limit', summary: 'too much' });
  });

  test('whose directory cannot be removed counts all the same', async () => {
    const one = await startFreeRunner();
    one.runner.removeDirectory = async () => {
      throw new Error('busy');
    };
    expect(await ended(one)).toMatchObject({ state: 'completed' });
    expect(one.logged).toEqual([`cannot remove ${DIRECTORY}: busy`]);
  });
});

describe('files that cannot be committed', () => {
  const KEPT = 'its files are kept for 14 days where it ran: the log of its runner says where';
  const full = new EntangleError('unavailable', 'the disk is full', { hint: 'make room' });
  test.each<[string, Error, string, string[]]>([
    [
      'an error that is known',
      full,
      'the disk is full; make room',
      ['a commit failed: the disk is full; make room'],
    ],
    ['a bug', new Error('EIO'), 'the files of the engine could not be committed', ['a commit failed: EIO']],
  ])('are kept, and the turn is not done twice: %s', async (_what, error, words, logged) => {
    const one = await startFreeRunner();
    one.runner.git.commit = async () => {
      throw error;
    };
    expect(await ended(one)).toMatchObject({
      ...failed,
      summary: `${words}\n${KEPT}`,
      left: expect.arrayContaining([`${DIRECTORY}/workspace/done.txt`]),
    });
    const where = `the files of a turn that could not be committed are in ${DIRECTORY}`;
    expect([one.logged, one.runs.length]).toEqual([[where, ...logged], 1]);
  });
});

describe('what cannot be published is kept as a commit', () => {
  const kept = (words: string) =>
    expect.stringMatching(new RegExp(`^${words}\nwhat the turn made is kept as commit [0-9a-f]{40} in `));
  test('where it has a path that no change may have', async () => {
    const script = ({ write }: EngineTurn) => {
      write('done.txt', 'done');
      write('.git/hooks/post-merge', 'rm -r x');
    };
    const one = await startFreeRunner({ script });
    const words = 'the changed path ".git/hooks/post-merge" cannot be used: a part of it is ".git"';
    expect(await ended(one)).toEqual({ ...failed, summary: kept(words) });
    expect([one.turn(S)!.commit_id, one.remote.updates]).toEqual([null, []]);
  });
  test('where it cannot be shown', async () => {
    const one = await startFreeRunner();
    // biome-ignore lint/correctness/useYield: it fails before the first file
    one.runner.git.changes = async function* () {
      throw new EntangleError('invalid', 'too much to show');
    };
    expect(await ended(one)).toEqual({ ...failed, summary: kept('too much to show') });
    expect([one.turn(S)!.commit_id, one.remote.updates]).toEqual([null, []]);
  });
});

describe('a turn does not begin', () => {
  /** Accepted, of a task with a text of its own, under a lease that is over: the runner does nothing by itself. */
  const accepted = async () => {
    const one = await startFreeRunner({ capacity: 1 });
    void one.runner.turns.run('another', () => new Promise(() => {}));
    const text = `write ${'it well '.repeat(1000)}`;
    const bytes = utf8(text);
    const whole = await one.give(bytes);
    const budget = { hops: 1, turns: 1, path: ['alice'] };
    const body = { session: S, attempt: 1, task: 'write', whole, budget };
    await one.hear({ type: 'task.request', from: 'user', to: 'node', body });
    await one.reach(S, 'accepted');
    one.home.leases.remove(one.actors.node.pubkey);
    return { one, text, session: one.session(S)! };
  };
  type Accepted = Awaited<ReturnType<typeof accepted>>;
  const runs = async ({ one, session, text }: Accepted) => {
    const [asked] = one.heard('task.request');
    const given = { request: asked!.body, task: text, words: '', attached: [], secrets: [], before: null };
    const turn = runTurn(one.runner, session, given, never);
    await one.time.finish('the turn', turn);
  };

  test('without its assignment; with it, it does, with all of its task', async () => {
    const it = await accepted();
    const { one, text } = it;
    const row = one.home.tables.get('assignments', ASSIGNMENT)!;
    one.home.tables.remove('assignments', ASSIGNMENT);
    await runs(it);
    expect([one.runs, one.turn(S)]).toEqual([[], undefined]);
    one.home.tables.put('assignments', row);
    await runs(it);
    expect(one.runs).toMatchObject([{ task: text }]);
  });

  const LOGGED = 'its runner cannot do it: its log says why';
  const fetching: Failing = ({ git }, fail) => Object.assign(git, { fetch: fail });
  type Failing = (runner: SingleRunner['runner'], fail: () => Promise<never>) => void;
  test.each<[string, Error, string, Failing]>([
    ['what it needs is away', new EntangleError('unavailable', 'no route'), 'no route', fetching],
    ['its files fail by a bug', new Error('EACCES'), LOGGED, fetching],
    [
      'its engine fails by a bug',
      new Error('EACCES'),
      LOGGED,
      (runner, run) => Object.assign(runner, { engines: onlyExec({ ...runner.engines.exec!, run }) }),
    ],
    [
      'what an earlier one left cannot be ended',
      new Error('EPERM'),
      LOGGED,
      (runner, recover) => Object.assign(runner, { engines: onlyExec({ ...runner.engines.exec!, recover }) }),
    ],
    [
      'its directory cannot be made',
      new EntangleError('unavailable', 'no room'),
      'no room',
      (runner, freshDirectory) => Object.assign(runner, { freshDirectory }),
    ],
  ])('while %s; after a quarter of an hour it is told so', async (_, error, tail, failing) => {
    const it = await accepted();
    const { one } = it;
    failing(one.runner, async () => {
      throw error;
    });
    one.runner.retries.failed(S);
    await one.time.pass(15 * 60_000 - 500);
    await expect(runs(it)).rejects.toThrow(error.message);
    expect(one.turn(S)).toBeUndefined();
    await one.time.pass(500);
    await runs(it);
    expect(one.turn(S)).toMatchObject({ status: 'failed', tail });
  });
});

test('a repository has a store of its own below the runner, and the author that the graph names', async () => {
  const one = await startFreeRunner();
  const spec = (await specOf(one.runner, one.home.tables.get('assignments', ASSIGNMENT)!.offer))!;
  const workspace = spec.workspace!;
  const named = (change: object) =>
    repositoryOf(one.runner, { ...spec, workspace: { ...workspace, ...change } }, { id: S })!;
  const { store, principal, url } = named({});
  expect(store).toMatch(/^\/r1\/git\/[0-9a-f]{24}$/);
  expect(url).toBe('file:///remote');
  expect(principal).toEqual({ name: 'entangle', email: 'entangle@entangle.invalid' });
  expect(named({ principal: 'acme-bot' }).principal).toEqual({
    name: 'acme-bot',
    email: 'acme-bot@entangle.invalid',
  });
  expect(named({ repository: 'file:///other' }).store).not.toBe(store);
});

test('a node whose offer is not here is none', async () => {
  const { runner } = await startSingleRunner();
  expect(await specOf(runner, `0:${'ab'.repeat(32)}`)).toBeNull();
});

test('an agent that changed since its node was taken gets no turn where its approvals are to be enforced', async () => {
  const probes = [probedAs('["true"]', { sandbox: 'bwrap' })];
  const one = await startReadyRunner({ hasAgents: true, graph: ENFORCED_GRAPH, sandbox: ['bwrap'], probes });
  probes.length = 0;
  expect(await ended(one)).toMatchObject({ ...failed, summary: expect.stringContaining('was not tried') });
  expect(one.runs).toEqual([]);
});
