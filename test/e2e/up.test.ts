/** `entangle up` in a repository: one task from words to a branch, Ctrl-C, and on again where it was. */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Diagnosis } from '../../src/cli/doctor/doctor.ts';
import type { UpReady } from '../../src/local/up-ready.ts';
import { environment, tempHomes } from '../support/cli.ts';
import { type Foreground, foreground, processesWith } from '../support/foreground.ts';
import { plainGit, writeFiles } from '../support/git-fixtures.ts';
import { jsonHere, lineHere, runHere } from '../support/own-command.ts';
import { approveAs, cancelAs } from '../support/own-user.ts';

const here = tempHomes();
const home = here.home('me');
const repository = here.home('My Project');
const started: Foreground[] = [];
type Item = { what: 'approval' | 'session'; id: string; state: string; session?: string };
type Session = { state: string; artifacts: { branch: string; commit: string }[] };

const up = async (...args: string[]): Promise<{ process: Foreground; ready: UpReady }> => {
  const process = foreground(repository, home, ['up', '--json', ...args]);
  started.push(process);
  return { process, ready: JSON.parse(await process.line(() => true)) as UpReady };
};
/** Of the person, in a directory; the home that is meant is found, or named. */
const typed = (cwd: string, ...args: string[]) => lineHere(environment(home), args, cwd);
const interrupt = (process: Foreground): Promise<number | null> => {
  process.child.kill('SIGINT');
  return process.ended;
};
const seen = (process: Foreground, what: string, state: string, not: string[] = []): Promise<Item> =>
  process
    .line((text) => {
      const one = JSON.parse(text) as Item;
      return one.what === what && one.state === state && !not.includes(one.id);
    })
    .then((text) => JSON.parse(text) as Item);

beforeAll(() => {
  mkdirSync(repository);
  mkdirSync(home);
  plainGit(repository, 'init', '--quiet', '--initial-branch=main');
  writeFiles(repository, { 'a.txt': 'a\n' });
  // Settings of the project and of the person, which are about other homes.
  writeFiles(repository, { '.entangle.yaml': 'timeout: 7s\n' });
  const settings =
    'token-file: /absent\nuser: bob\nrunner: other\nrelay: ws://127.0.0.1:1\nkeys: encrypted\n';
  mkdirSync(join(home, '.config/entangle'), { recursive: true });
  writeFiles(join(home, '.config/entangle'), { 'config.yaml': settings });
  plainGit(repository, 'add', '.');
  plainGit(repository, 'commit', '--quiet', '--message', 'one');
});
afterAll(async () => {
  for (const { child, ended } of started) {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
  }
  await here.clean();
});

describe('up', () => {
  test('a task, its approval, the commit; Ctrl-C; up again with the same keys, an open session goes on; what others wrote is escaped; killed, it takes its processes along', async () => {
    const first = await up();
    const { ready } = first;
    expect(ready.repository).toBe(realpathSync(repository));
    expect(ready.home).toMatch(/\/me\/\.local\/share\/entangle\/up\/my-project-[0-9a-f]{8}$/);
    expect(ready.processes.map((one) => one.name)).toEqual(['relay', 'host', 'runner', 'user']);
    expect(ready.engine).toEqual({ command: ['bash', '-c', 'bash -e "$ENTANGLE_TASK_FILE"'], demo: true });
    expect(ready.sandbox.enforced).toBe(ready.sandbox.kind === 'bwrap');
    expect(ready.next.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'entangle user ask',
      'entangle user inbox',
      'entangle user watch',
    ]);

    const ask = ['user', 'ask', 'builder', 'printf "hello\\n" > hello.txt'];
    expect((await jsonHere<{ trust: string }>(ready.home, ['runner', 'status'])).trust).toBe('trusted');
    const { session } = await jsonHere<{ session: string }>(ready.home, ask);
    const approval = await seen(first.process, 'approval', 'pending');
    // Nobody says which federation is meant: it is that of the repository, also below its top
    mkdirSync(join(repository, 'deep'));
    const from = (...args: string[]) => typed(join(repository, 'deep'), ...args, '--json');
    const shown = await from('user', 'show', approval.id);
    expect(shown.code).toBe(0);
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: approval.id, session });
    const { items, next } = await jsonHere<{ items: Item[]; next: null }>(ready.home, ['user', 'inbox']);
    expect(next).toBeNull();
    expect(items.map((one) => [one.what, one.id])).toEqual([
      ['approval', approval.id],
      ['session', session],
    ]);
    await approveAs(ready.home, approval.id);
    const done = await jsonHere<Session>(ready.home, ['user', 'wait', session, '--timeout', '30s']);
    const { branch, commit } = done.artifacts[0]!;
    expect(plainGit(repository, 'rev-parse', branch)).toBe(commit);
    expect(plainGit(repository, 'show', `${branch}:hello.txt`)).toBe('hello');
    expect(plainGit(repository, 'status', '--porcelain')).toBe('');
    // Fetched where it is wanted: as a reference here, and as a file for another clone
    const bundle = join(here.root, 'change.bundle');
    for (const [args, expected] of [
      [['show'], { commit, branch, state: 'published', isSigned: true }],
      [['fetch'], { commit, at: ready.repository, checked: 'change', wasThere: false, isSigned: true }],
      [['fetch', '--output', bundle], { commit, at: bundle, checked: 'change' }],
    ] as const) {
      const [verb, ...more] = args;
      const { code, stdout } = await from('user', 'artifact', verb, session, ...more);
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject(expected);
    }
    expect(plainGit(repository, 'rev-parse', `entangle/${session}`)).toBe(commit);
    expect(plainGit(repository, 'bundle', 'list-heads', bundle)).toContain(commit);
    expect(plainGit(repository, 'status', '--porcelain')).toBe('');
    const doctor = await from('doctor');
    expect(doctor.code).toBe(0);
    const { findings, problems } = JSON.parse(doctor.stdout) as Diagnosis;
    expect(problems).toBe(0);
    expect(findings.filter(({ of, state }) => of !== 'machine' && state !== 'ok')).toEqual([]);
    expect(findings.filter(({ words }) => words === 'synced').map(({ of }) => of)).toEqual([
      'host default',
      'runner default',
      'user default',
    ]);
    expect(findings).toContainEqual(
      expect.objectContaining({ of: 'runner default', check: 'trust', state: 'ok' }),
    );
    const again = await from('user', 'artifact', 'fetch', session, '--output', bundle);
    expect(again.code).toBe(4);
    // Refused before anything is looked for, let alone fetched
    const early = await from('user', 'artifact', 'fetch', 'no-such-artifact', '--output', bundle);
    expect(early.code).toBe(4);
    // `up` could never go on without its runner: it is there, and nothing was noted in its home
    const left = await from('runner', 'leave', '--yes');
    expect(left.code).toBe(4);
    expect(JSON.parse(left.stdout).error).toMatchObject({
      message: 'runner "local" is the one of `entangle up`, which runs on nothing else',
      hint: expect.stringMatching(/Ctrl-C.*entangle host assignment move/),
    });
    expect(existsSync(join(ready.home, 'runner/default/leave'))).toBe(false);
    const other = await from('up');
    const { error } = JSON.parse(other.stdout);
    expect([other.code, error.code, error.message, error.hint]).toEqual([
      4,
      'conflict',
      expect.stringMatching(/^it runs here already: /),
      expect.stringContaining('`entangle user watch`'),
    ]);
    await seen(first.process, 'session', 'completed');

    // One that waits for its approval while all is down.
    const { session: open } = await jsonHere<{ session: string }>(ready.home, [
      ...ask.slice(0, 3),
      'echo b > b.txt',
    ]);
    const waiting = await seen(first.process, 'approval', 'pending', [approval.id]);
    const keys = keyFiles(ready.home);
    expect(await interrupt(first.process)).toBe(130);
    await first.process.error((text) => text.startsWith('stopping; `entangle up` goes on'));
    expect(processesWith(here.root)).toEqual([]);

    const alone = await typed(repository, 'user', 'inbox', '--sync', '100ms');
    expect([alone.code, alone.stderr]).toEqual([
      0,
      expect.stringContaining(`\`entangle up\` is not running; start it again in ${ready.repository}: `),
    ]);

    // Another engine would begin it anew.
    const refused = await typed(repository, 'up', '--json', '--no-input', '--engine', 'cat > c.txt');
    expect(refused.code).toBe(64);
    expect(JSON.parse(refused.stdout).error).toMatchObject({
      message: 'with another engine 1 open task starts again, and 1 pending approval becomes void',
      hint: expect.stringContaining('--yes'),
    });

    const second = foreground(repository, home, ['up', '--home', ready.home]);
    started.push(second);
    await second.line((line) => line.startsWith('Ctrl-C stops'));
    // A home that was named is found by its name alone
    expect(second.lines).toContainEqual(`  export ENTANGLE_HOME=${ready.home}`);
    // The same people at the same relay
    expect(keyFiles(ready.home)).toEqual(keys);
    expect(relayOf(ready.home)).toBe(ready.relay);
    await second.line((line) => line.includes(` approval ${waiting.id} pending `));
    await showsHarmless(second, ready.home);

    await approveAs(ready.home, waiting.id);
    const more = await jsonHere<Session>(ready.home, ['user', 'wait', open, '--timeout', '30s']);
    expect(plainGit(repository, 'show', `${more.artifacts[0]!.branch}:b.txt`)).toBe('b');
    // Killed itself, it takes its processes along.
    second.child.kill('SIGKILL');
    await second.ended;
    await expect.poll(() => processesWith(here.root), { timeout: 60_000 }).toEqual([]);
  });

  test('another engine on another branch at the next start; a process that dies ends all, exit 7', async () => {
    plainGit(repository, 'switch', '--quiet', '--create', 'dev');
    const { process, ready } = await up('--engine', 'cat > answer.txt', '--capacity', '2');
    expect(ready).toMatchObject({ base: 'dev', capacity: 2, engine: { demo: false } });
    const { session } = await jsonHere<{ session: string }>(ready.home, ['ask', 'forty-two']);
    const approval = await seen(process, 'approval', 'pending');
    const diff = await jsonHere<{ diff: string }>(ready.home, ['user', 'show', approval.id]);
    expect(diff.diff).toContain('+forty-two');
    await jsonHere(ready.home, ['user', 'cancel', session]);

    globalThis.process.kill(ready.processes.find((one) => one.name === 'host')!.pid, 'SIGKILL');
    expect(await process.ended).toBe(7);
    const values = process.lines.map((line) => JSON.parse(line));
    expect(values.at(-1).error).toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('the host process'),
    });
    expect(processesWith(here.root)).toEqual([]);
  });

  test('its port taken by somebody else: unavailable, with a hint', async () => {
    const home = join(here.home('me'), '.local/share/entangle/up');
    const relay = relayOf(join(home, readdirSync(home)[0]!));
    const server = createServer().listen(Number(new URL(relay).port), '127.0.0.1');
    await new Promise((done) => server.once('listening', done));
    const { lines, ended } = foreground(repository, here.home('me'), ['up', '--json']);
    expect(await ended).toBe(7);
    expect(JSON.parse(lines.join('\n')).error).toMatchObject({
      code: 'unavailable',
      hint: expect.stringContaining('stop the process that listens there'),
    });
    await new Promise((done) => server.close(done));
  });
});

describe('up refuses', () => {
  const refused = async (directory: string, ...args: string[]) => {
    const { code, stdout } = await typed(directory, 'up', '--json', ...args);
    const { message, hint } = (JSON.parse(stdout) as { error: { message: string; hint?: string } }).error;
    return { code, message, hint };
  };
  test('what is no repository, a detached HEAD, no commit, a branch in the way, and a home of something else', async () => {
    const bare = here.home('nothing');
    mkdirSync(bare);
    expect(await refused(bare)).toMatchObject({ code: 6, hint: expect.stringContaining('git init') });
    plainGit(bare, 'init', '--quiet', '--initial-branch=main');
    expect(await refused(bare)).toMatchObject({ code: 8, hint: expect.stringContaining('git commit') });
    writeFiles(bare, { a: 'a' });
    plainGit(bare, 'add', '.');
    plainGit(bare, 'commit', '--quiet', '--message', 'one');
    plainGit(bare, 'switch', '--quiet', '--detach');
    expect(await refused(bare)).toMatchObject({ code: 8, hint: expect.stringContaining('git switch') });
    plainGit(bare, 'switch', '--quiet', 'main');
    plainGit(bare, 'branch', 'entangle');
    expect(await refused(bare)).toMatchObject({ code: 4, hint: expect.stringContaining('git branch -m') });
    plainGit(bare, 'branch', '--delete', '--force', '--quiet', 'entangle');
    expect(await refused(bare, '--engine', 'no-such-agent --print')).toMatchObject({
      code: 6,
      hint: expect.stringContaining('PATH'),
    });
    const other = here.home('other');
    await runHere(other, ['host', 'init', '--graph', 'x', '--relay', 'ws://127.0.0.1:1', '--keys', 'file']);
    const answer = await refused(bare, '--home', other);
    expect(answer).toMatchObject({ code: 4, message: expect.stringContaining('was not made by') });
  });
});

test('up runs no program of the repository, whatever PATH says of the directory it is in', async () => {
  const trap = here.home('trap');
  mkdirSync(trap);
  plainGit(trap, 'init', '--quiet', '--initial-branch=main');
  for (const name of ['git', 'bwrap', 'bash', 'sh', 'env', 'entangle']) {
    const fake = `#!/bin/sh\necho ${name} >> "${trap}.ran"\necho inside\n`;
    writeFileSync(join(trap, name), fake, { mode: 0o755 });
  }
  plainGit(trap, 'add', '.');
  plainGit(trap, 'commit', '--quiet', '--message', 'one');
  const PATH = `:.:${environment(home).PATH}:`;
  // Git is asked about the repository, bubblewrap whether it works, bash for the engine
  const { ended } = foreground(trap, home, ['up', '--json', '--engine', 'no-such-agent'], { PATH });
  expect(await ended).toBe(6);
  expect(existsSync(`${trap}.ran`) ? readFileSync(`${trap}.ran`, 'utf8') : 'none').toBe('none');
});

/** Text of others is escaped once for people, and is exact in JSON that is harmless on a terminal. */
async function showsHarmless(process: Foreground, at: string): Promise<void> {
  const task = 'printf "%080d \\xff \\x1b" 0 > f.txt # \u001b[31m\u009b\u202e\u200b';
  const shown = 'printf "%080d \\x5cxff \\x5cx1b" 0 > f.txt # \\x1b[31m\\x9b\\u{202e}\\u{200b}';
  const { session } = await jsonHere<{ session: string }>(at, ['user', 'ask', 'builder', task]);
  const pending = await process.line((line) => / approval \S+ pending .*printf/.test(line));
  expect(pending.endsWith(` pending  ${shown}`), pending).toBe(true);
  const approval = / approval (\S+)/.exec(pending)![1]!;
  for (const id of [session, approval]) {
    const { stdout } = await runHere(at, ['user', 'show', id, '--json']);
    expect(stdout).not.toMatch(/[^\n\x20-\x7e]/);
    expect(JSON.parse(stdout).title).toBe(task);
    expect((await runHere(at, ['user', 'show', id])).stdout).toContain(`${shown}\n`);
  }
  const { diff } = await jsonHere<{ diff: string }>(at, ['user', 'show', approval]);
  expect(diff).toContain('0 \udcff \u001b');
  await cancelAs(at, session, 'seen');
}

const relayOf = (at: string): string =>
  parse(readFileSync(join(at, 'host/default/config.yaml'), 'utf8')).relays[0];

/** Every key file with its content. */
function keyFiles(root: string): Record<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.key'),
  );
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(root, name), 'utf8')]));
}
