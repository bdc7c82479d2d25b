/** Signals and kills in the middle of an engine's turn (T99): a clean stop, a forced one, and what is left behind. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { json, tempHomes } from '../support/cli.ts';
import { plainGit } from '../support/git-fixtures.ts';
import {
  commitsOf,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
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
const hangsOnce = (one: ProcessFederation, command: string): { task: string; runs: string } => {
  const runs = one.here.file('runs', '');
  return {
    task: `echo run >> ${runs}; if [ "$(wc -l < ${runs})" = 1 ]; then ${command}; fi; echo done >> a.txt`,
    runs,
  };
};
const runsOf = (path: string): number => textOf(path).split('\n').length - 1;
const wait = (one: ProcessFederation, session: string) =>
  json<{ state: string }>(one.homes.user, ['user', 'wait', session, '--timeout', '120s']);
const fileOf = (one: ProcessFederation, session: string): string =>
  plainGit(one.fixture.remote, 'show', `refs/heads/entangle/builder/${session}:a.txt`);

describe('a runner in the middle of a turn', () => {
  test('SIGTERM ends it and its engine cleanly; the turn is run again after the next start', async () => {
    fed = await startProcesses(tempHomes());
    const { task, runs } = hangsOnce(fed, 'sleep 7200');
    const session = await fed.ask(task);
    await until(() => runsOf(runs) === 1);
    const { child } = fed.serving('runner');
    await fed.stop('runner', 'SIGTERM');
    expect(child.exitCode).toBe(0);
    expect(enginesBelow(fed.homes.runner)).toEqual([]);
    expect(resultsOf(fed, session)).toEqual([]);
    await fed.start('runner');
    expect((await wait(fed, session)).state).toBe('completed');
    expect(resultsOf(fed, session)).toEqual(['completed']);
    expect(commitsOf(fed, session)).toBe(1);
  });

  test('a second signal forces an end that an engine would delay', async () => {
    fed = await startProcesses(tempHomes());
    const { task, runs } = hangsOnce(fed, 'trap "" TERM; while :; do sleep 1; done');
    const session = await fed.ask(task);
    await until(() => runsOf(runs) === 1);
    const { child } = fed.serving('runner');
    child.kill('SIGINT');
    await pause(100);
    const started = performance.now();
    await fed.stop('runner', 'SIGINT');
    expect(child.exitCode).toBe(130);
    expect(performance.now() - started).toBeLessThan(1000);
    await fed.start('runner');
    expect((await wait(fed, session)).state).toBe('completed');
    expect(enginesBelow(fed.homes.runner)).toEqual([]);
    expect(commitsOf(fed, session)).toBe(1);
  });

  test('an engine that outlives its killed runner writes into no later attempt', async () => {
    fed = await startProcesses(tempHomes());
    const stray =
      'file=$PWD/a.txt; while :; do mkdir -p "$(dirname $file)"; echo stray >> $file; sleep 0.02; done';
    const { task, runs } = hangsOnce(fed, stray);
    const session = await fed.ask(task);
    await until(() => runsOf(runs) === 1);
    await fed.stop('runner', 'SIGKILL');
    expect(enginesBelow(fed.homes.runner).length).toBeGreaterThan(0);
    await fed.start('runner');
    expect((await wait(fed, session)).state).toBe('completed');
    expect(fileOf(fed, session)).toBe('a\ndone');
    expect(enginesBelow(fed.homes.runner)).toEqual([]);
  });

  test('user cancel ends the engine at work', async () => {
    fed = await startProcesses(tempHomes());
    const { task, runs } = hangsOnce(fed, 'sleep 7200');
    const session = await fed.ask(task);
    await until(() => runsOf(runs) === 1);
    await json(fed.homes.user, ['user', 'cancel', session]);
    await until(() => enginesBelow(fed!.homes.runner).length === 0);
    const shown = async () =>
      (await json<{ state: string }>(fed!.homes.user, ['user', 'show', session])).state;
    while ((await shown()) !== 'cancelled') await pause(100);
    expect(resultsOf(fed, session)).toEqual(['cancelled']);
    expect(commitsOf(fed, session)).toBe(0);
  });
});

test('each process, idle, ends at SIGTERM and SIGHUP with 0, at SIGINT with 130, and serves again', async () => {
  fed = await startProcesses(tempHomes());
  for (const part of ['relay', 'host', 'runner'] as const) {
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGHUP', 0],
      ['SIGINT', 130],
    ] as const) {
      const { child } = fed.serving(part);
      await fed.stop(part, signal);
      expect([part, signal, child.exitCode]).toEqual([part, signal, code]);
      await fed.start(part);
    }
    const session = await fed.ask('echo after >> a.txt');
    expect((await wait(fed, session)).state).toBe('completed');
  }
});
