import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  feedAtTerminal,
  feedProcess,
  findProgram,
  runAtTerminal,
  runProcess,
  runWithInput,
  searchPath,
  startProcess,
} from './child-process.ts';

const before = process.cwd();
let here: string;
beforeEach(() => {
  here = realpathSync(mkdtempSync(join(tmpdir(), 'entangle-child-')));
  process.chdir(here);
});
afterEach(() => {
  vi.unstubAllEnvs();
  process.chdir(before);
  rmSync(here, { recursive: true, force: true });
});
const usePath = (...entries: string[]) => vi.stubEnv('PATH', entries.join(':'));
const script = (path: string, mode = 0o755) => writeFileSync(path, '#!/bin/sh\necho ran\n', { mode });
const start = (program: string, ...args: string[]) => ({ program, args, env: {}, cwd: here });

test('entries of PATH that are empty or relative are not searched', () => {
  mkdirSync(join(here, 'bin'));
  for (const name of ['agent', 'bin/agent']) script(join(here, name));
  usePath('', 'bin', '.', './bin', '/nowhere', '');
  expect(searchPath()).toBe('/nowhere');
  expect(findProgram('agent')).toBeNull();
});

test('the first file that can be run is the program', () => {
  const directories = ['a', 'b', 'c', 'd'].map((name) => join(here, name));
  for (const directory of directories) mkdirSync(directory);
  mkdirSync(join(here, 'a/agent'));
  script(join(here, 'b/agent'), 0o644);
  script(join(here, 'c/agent'));
  script(join(here, 'd/agent'));
  usePath(...directories);
  expect(findProgram('agent')).toBe(join(here, 'c/agent'));
});

test('without any PATH the usual directories are searched', () => {
  usePath('');
  expect(searchPath()).toBe('/usr/bin:/bin');
  expect(findProgram('env')).toMatch(/^\/(usr\/)?bin\/env$/);
});

test('a program that hangs on where one stands is started in neither way', async () => {
  script(join(here, 'agent'));
  for (const program of ['agent', './agent', '']) {
    expect(() => startProcess(start(program))).toThrow('is not the absolute path');
    expect(() => runProcess(start(program), 60_000)).toThrow('is not the absolute path');
  }
});

test('a child has the environment it is given and nothing of ours', async () => {
  vi.stubEnv('ENTANGLE_SECRET', 'x');
  const env = { ONLY: 'this' };
  const child = startProcess({ ...start('/usr/bin/env'), env });
  child.stdin!.end();
  expect(await text(child.stdout!)).toBe('ONLY=this\n');
  expect(await runProcess({ ...start('/usr/bin/env'), env }, 60_000)).toMatchObject({
    stdout: 'ONLY=this\n',
  });
});

test('a question has nothing on its standard input, and is at its end', async () => {
  expect(await runProcess(start('/bin/cat'), 60_000)).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('a question that is not answered well has a code, or none', async () => {
  const sh = (line: string) => runProcess(start('/bin/sh', '-c', line), 60_000);
  expect(await sh('echo out; echo err >&2; exit 3')).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  expect(await sh('kill -9 $$')).toMatchObject({ code: null });
  expect(await sh('yes')).toMatchObject({ code: null });
  expect(await runProcess(start(join(here, 'none')), 60_000)).toMatchObject({ code: null });
  expect(await runProcess(start('/bin/sleep', '4000'), 50)).toMatchObject({ code: null });
});

test('a child on its own leads a group, and has the pipes that were asked for', async () => {
  const line = 'ps -o pgid= -p $$; echo more >&3';
  const child = startProcess(
    { ...start('/bin/sh', '-c', line), env: { PATH: '/usr/bin:/bin' } },
    { pipes: 1, ownGroup: true },
  );
  child.stdin!.end();
  const [group, more] = await Promise.all([
    text(child.stdout!),
    text(child.stdio[3] as NonNullable<typeof child.stdout>),
  ]);
  expect(Number(group)).toBe(child.pid);
  expect(more).toBe('more\n');
});

test('a program that is given a text: its exit code, null where it does not start or takes too long', async () => {
  const feed = (body: string, bounds: { timeoutMs?: number; signal?: AbortSignal; mode?: number } = {}) => {
    const { timeoutMs = 20_000, signal = new AbortController().signal, mode = 0o755 } = bounds;
    writeFileSync(join(here, 'fed'), `#!/bin/sh\n${body}\n`, { mode });
    return feedProcess(start(join(here, 'fed')), 'words\n', { timeoutMs, signal });
  };
  expect(await feed('read word; test "$word" = words')).toBe(0);
  expect(await feed('exit 3')).toBe(3);
  expect(await feed('exec sleep 60', { timeoutMs: 200 })).toBeNull();
  expect(await feed('exec sleep 60', { signal: AbortSignal.timeout(200) })).toBeNull();
  rmSync(join(here, 'fed'));
  expect(await feed('true', { mode: 0o644 })).toBeNull();
});

test.each(['kill -INT $$', 'exit 130'])(
  'a program that a Ctrl-C ended has the terminal until that came to us too, or soon after it did not: %s',
  async (ends) => {
    const never = new AbortController().signal;
    const alone = start('/bin/sh', '-c', ends);
    const ours = `(/bin/sleep 0.2; kill -INT ${process.pid}) >/dev/null 2>&1 &`;
    const late = start('/bin/sh', '-c', `${ours} ${ends}`);
    for (const run of [runAtTerminal, (one: typeof late) => feedAtTerminal(one, '', never)]) {
      const order: string[] = [];
      const came = new Promise<void>((resolve) =>
        process.once('SIGINT', () => {
          order.push('ours');
          resolve();
        }),
      );
      await run(late, never);
      order.push('given back');
      await came;
      expect(order).toEqual(['ours', 'given back']);
    }
    await runAtTerminal(alone, never);
  },
);

/** A program that leaves the asking to another of its own, as ssh-keygen leaves a token to its helper: it has the same pipes. */
const helped = () => start('/bin/sh', '-c', 'sleep 7200 & wait');

test('T172 who is late is ended with the helper that it started', async () => {
  expect(await runWithInput(helped(), 'said', 500)).toMatchObject({ code: null });
});

test('T172 when this process ends first, nothing waits on for a touch', async () => {
  const known = new Set(process.listeners('exit'));
  const running = runWithInput(helped(), 'said', 60_000);
  const [last] = process.listeners('exit').filter((one) => !known.has(one));
  last!(0);
  expect(await running).toMatchObject({ code: null });
  expect(process.listeners('exit')).toEqual([...known]);
});
