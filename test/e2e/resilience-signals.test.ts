/** Signals and kills in the middle of an engine's turn (T99): a clean stop, a forced one, and what is left behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { json, place } from '../support/cli.ts';
import { commitsOf, resultsOf, type Story, tell } from '../support/federation.ts';
import { plainGit } from '../support/git-fixtures.ts';

let story: Story | undefined;
afterEach(async () => {
  await story?.close();
  story = undefined;
});

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await pause(25);
};
const textOf = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};
/** Processes whose environment names a file below this directory as their task. */
const enginesBelow = (directory: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => textOf(`/proc/${pid}/environ`).includes(`ENTANGLE_TASK_FILE=${directory}`));

/** The first run hangs with this command; every later one writes a line and ends. */
const hangsOnce = (one: Story, command: string): { task: string; runs: string } => {
  const runs = one.here.file('runs', '');
  return {
    task: `echo run >> ${runs}; if [ "$(wc -l < ${runs})" = 1 ]; then ${command}; fi; echo done >> a.txt`,
    runs,
  };
};
const runsOf = (path: string): number => textOf(path).split('\n').length - 1;
const wait = (one: Story, session: string) =>
  json<{ state: string }>(one.homes.user, ['user', 'wait', session, '--timeout', '120s']);
const fileOf = (one: Story, session: string): string =>
  plainGit(one.fixture.remote, 'show', `refs/heads/entangle/builder/${session}:a.txt`);

describe('a runner in the middle of a turn', () => {
  test('SIGTERM ends it and its engine cleanly; the turn is run again after the next start', async () => {
    story = await tell(place());
    const { task, runs } = hangsOnce(story, 'sleep 600');
    const session = await story.ask(task);
    await until(() => runsOf(runs) === 1);
    const { child } = story.serving('runner');
    await story.stop('runner', 'SIGTERM');
    expect(child.exitCode).toBe(0);
    expect(enginesBelow(story.homes.runner)).toEqual([]);
    expect(resultsOf(story, session)).toEqual([]);
    await story.start('runner');
    expect((await wait(story, session)).state).toBe('completed');
    expect(resultsOf(story, session)).toEqual(['completed']);
    expect(commitsOf(story, session)).toBe(1);
  }, 180_000);

  test('a second signal forces an end that an engine would delay', async () => {
    story = await tell(place());
    const { task, runs } = hangsOnce(story, 'trap "" TERM; while :; do sleep 1; done');
    const session = await story.ask(task);
    await until(() => runsOf(runs) === 1);
    const { child } = story.serving('runner');
    child.kill('SIGINT');
    await pause(100);
    const started = performance.now();
    await story.stop('runner', 'SIGINT');
    expect(child.exitCode).toBe(130);
    expect(performance.now() - started).toBeLessThan(1000);
    await story.start('runner');
    expect((await wait(story, session)).state).toBe('completed');
    expect(enginesBelow(story.homes.runner)).toEqual([]);
    expect(commitsOf(story, session)).toBe(1);
  }, 180_000);

  test('an engine that outlives its killed runner writes into no later attempt', async () => {
    story = await tell(place());
    const stray =
      'file=$PWD/a.txt; while :; do mkdir -p "$(dirname $file)"; echo stray >> $file; sleep 0.02; done';
    const { task, runs } = hangsOnce(story, stray);
    const session = await story.ask(task);
    await until(() => runsOf(runs) === 1);
    await story.stop('runner', 'SIGKILL');
    expect(enginesBelow(story.homes.runner).length).toBeGreaterThan(0);
    await story.start('runner');
    expect((await wait(story, session)).state).toBe('completed');
    expect(fileOf(story, session)).toBe('a\ndone');
    expect(enginesBelow(story.homes.runner)).toEqual([]);
  }, 180_000);

  test('user cancel ends the engine at work', async () => {
    story = await tell(place());
    const { task, runs } = hangsOnce(story, 'sleep 600');
    const session = await story.ask(task);
    await until(() => runsOf(runs) === 1);
    await json(story.homes.user, ['user', 'cancel', session]);
    await until(() => enginesBelow(story!.homes.runner).length === 0);
    const shown = async () =>
      (await json<{ state: string }>(story!.homes.user, ['user', 'show', session])).state;
    while ((await shown()) !== 'cancelled') await pause(100);
    expect(resultsOf(story, session)).toEqual(['cancelled']);
    expect(commitsOf(story, session)).toBe(0);
  }, 180_000);
});

test('each process, idle, ends at SIGTERM and SIGHUP with 0, at SIGINT with 130, and serves again', async () => {
  story = await tell(place());
  for (const part of ['relay', 'host', 'runner'] as const) {
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGHUP', 0],
      ['SIGINT', 130],
    ] as const) {
      const { child } = story.serving(part);
      await story.stop(part, signal);
      expect([part, signal, child.exitCode]).toEqual([part, signal, code]);
      await story.start(part);
    }
    const session = await story.ask('echo after >> a.txt');
    expect((await wait(story, session)).state).toBe('completed');
  }
}, 180_000);
