import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { probeSandbox } from './probe.ts';
import { type Boxed, sandboxArguments, sandboxStart } from './sandbox.ts';
import { callFilter } from './seccomp.ts';

let root: string;
let turn: Boxed;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'entangle-sandbox-')));
  chmodSync(root, 0o755);
  for (const name of ['home/turn/work', 'home/turn/scratch', 'home/keys']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  writeFileSync(join(root, 'home/token'), 'x');
  turn = {
    command: ['agent', '--flag'],
    scratch: join(root, 'home/turn/scratch'),
    workspace: join(root, 'home/turn/work'),
    hidden: [join(root, 'home'), join(root, 'home/token'), join(root, 'none')],
    limits: { memoryBytes: 1024 ** 2 },
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const env = { PATH: '/usr/bin', LANG: 'C' };
const has = (argv: readonly string[], ...words: string[]): boolean =>
  argv.some((_, i) => words.every((word, k) => argv[i + k] === word));
const shows = (argv: readonly string[], path: string): boolean => has(argv, '--ro-bind', path, path);
const program = (...parts: string[]): string => {
  const path = join(root, ...parts);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n', { mode: 0o755 });
  return path;
};

test('cleared environment, all namespaces and no further one, the command after "--"', () => {
  const argv = sandboxArguments(turn, { env, starter: ['sh'] });
  for (const flag of [
    '--unshare-all',
    '--disable-userns',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
  ]) {
    expect(argv).toContain(flag);
  }
  expect(has(argv, '--cap-drop', 'ALL')).toBe(true);
  expect(argv).not.toContain('--share-net');
  expect(argv.slice(argv.indexOf('--'))).toEqual(['--', 'sh', 'agent', '--flag']);
});

test('every file system in memory has a size, and the root none to write to', () => {
  const argv = sandboxArguments(turn, { env });
  const sizes = argv.flatMap((word, i) => (word === '--tmpfs' ? [argv.slice(i - 4, i + 2)] : []));
  expect(sizes.map(([, size, , , , path]) => [size, path])).toEqual([
    [String(1024 ** 2 / 4), '/tmp'],
    [String(1024 ** 2 / 4), '/dev/shm'],
  ]);
  expect(argv.lastIndexOf('--remount-ro')).toBe(argv.indexOf('--chdir') - 2);
});

test('descriptors of the fence come after those of the command', () => {
  const { args, inputs = [] } = sandboxStart('/usr/bin/bwrap', turn, { env, pipes: 2 });
  const used = args.flatMap((word, i) => (word === '--ro-bind-data' ? [[args[i + 1], args[i + 2]]] : []));
  expect(used).toEqual([
    ['5', '/etc/passwd'],
    ['6', '/etc/group'],
    ['7', '/etc/nsswitch.conf'],
    ['8', '/etc/hosts'],
  ]);
  expect(args.slice(0, 2)).toEqual(['--seccomp', '9']);
  expect(inputs.slice(4)).toEqual([callFilter()]);
});

test('nothing of a hidden home is laid out but workspace and scratch', () => {
  const argv = sandboxArguments(turn, { env }).filter((word) => word.startsWith(root));
  expect(new Set(argv)).toEqual(new Set([turn.workspace, turn.scratch]));
});

test('what is hidden inside the workspace is covered after the workspace is bound', () => {
  const inner = join(turn.workspace, 'private');
  mkdirSync(inner);
  const argv = sandboxArguments({ ...turn, hidden: [inner] }, { env });
  expect(argv.indexOf(inner)).toBeGreaterThan(argv.lastIndexOf(turn.workspace, argv.indexOf('--chdir') - 1));
  expect(has(argv, '--size', '65536', '--tmpfs', inner)).toBe(true);
});

describe('programs outside of the system', () => {
  const argumentsFor = (command: string[], PATH = '/usr/bin') =>
    sandboxArguments({ ...turn, command }, { env: { PATH } });

  test('directories of PATH are shown, relative ones are not', () => {
    program('tools/bin/agent');
    const argv = argumentsFor(['agent'], `${root}/tools/bin:relative:/usr/bin`);
    expect(shows(argv, join(root, 'tools/bin'))).toBe(true);
    expect(argv.join(' ')).not.toContain('--ro-bind relative');
  });

  test('a link of PATH leads to a directory that is shown too', () => {
    program('package/lib/agent');
    mkdirSync(join(root, 'tools/bin'), { recursive: true });
    symlinkSync('../../package/lib/agent', join(root, 'tools/bin/agent'));
    const argv = argumentsFor(['agent'], join(root, 'tools/bin'));
    expect(shows(argv, join(root, 'package/lib'))).toBe(true);
  });

  test('a link that is named by its path is there by that name, and what it leads to is', () => {
    program('package/lib/agent');
    mkdirSync(join(root, 'links'), { recursive: true });
    symlinkSync('../package/lib/agent', join(root, 'links/agent'));
    const argv = argumentsFor([join(root, 'links/agent')]);
    expect(['links', 'package/lib'].map((name) => shows(argv, join(root, name)))).toEqual([true, true]);
  });

  test('a program of npm is shown with the packages beside its own', () => {
    const argv = argumentsFor([program('app/node_modules/@a/agent/dist/run')]);
    expect(shows(argv, join(root, 'app/node_modules'))).toBe(true);
    expect(shows(argv, join(root, 'app'))).toBe(false);
  });

  test.each([
    ['as the program', (file: string) => [file, '--print']],
    ['in the line of a shell', (file: string) => ['bash', '-c', `exec "${file}" --print; true`]],
    ['as an argument', (file: string) => ['node', file]],
  ])('one that is named by its path %s', (_what, command) => {
    const argv = argumentsFor(command(program('opt/agent/run')));
    expect(shows(argv, join(root, 'opt/agent'))).toBe(true);
  });

  test('a script that is an argument need not be executable; a private file is not shown', () => {
    const script = program('opt/agent/run.js');
    chmodSync(script, 0o644);
    expect(shows(argumentsFor(['node', script]), join(root, 'opt/agent'))).toBe(true);
    chmodSync(script, 0o600);
    const argv = argumentsFor(['node', script]);
    expect(argv.slice(0, argv.indexOf('--')).join(' ')).not.toContain('opt/agent');
  });

  test('a file that is only named in the line of a shell is not shown', () => {
    writeFileSync(join(root, 'home/token'), 'x', { mode: 0o644 });
    writeFileSync(join(root, 'plain'), 'x', { mode: 0o644 });
    const argv = argumentsFor(['bash', '-c', `cat ${root}/plain ${root}/home/token`]);
    expect(argv.join(' ').split(' -- ')[0]).not.toMatch(/plain|token/);
  });

  test.each([
    ['a home of entangle beside it', 'srv/run', 'srv/op/host'],
    ['a home of entangle in its directory', 'srv/run', 'srv/runner'],
  ])('%s: only the file itself is shown', (_what, file, home) => {
    const named = program(file);
    mkdirSync(join(root, home), { recursive: true });
    chmodSync(join(root, home), 0o700);
    const argv = argumentsFor([named]);
    expect([shows(argv, join(root, file)), shows(argv, join(root, 'srv'))]).toEqual([true, false]);
  });

  test('nothing of a home of entangle is shown as a program, whatever names it', () => {
    for (const name of ['op/host/keys', 'op/host/ledger']) mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, 'op/host/config.yaml'), '');
    const file = program('op/host/keys/host.key');
    const argv = argumentsFor([file], join(root, 'op/host/keys'));
    expect(argv.slice(0, argv.indexOf('--chdir')).filter((word) => word.includes('op/host/'))).toEqual([
      join(root, 'op/host/keys'),
    ]);
    expect(shows(argv, file)).toBe(false);
  });
});

test.each(['/', 'relative', '/a\0b', ''])('the path %j is refused', (path) => {
  expect(() => sandboxArguments({ ...turn, workspace: path }, { env })).toThrow(/absolute/);
  expect(() => sandboxArguments({ ...turn, hidden: [path] }, { env })).toThrow(/absolute/);
});

test('a probe of what is not installed, or does not work, says so', async () => {
  expect(await probeSandbox(null)).toEqual({
    available: false,
    detail: 'bwrap is not installed',
  });
  const broken = join(root, 'broken');
  writeFileSync(broken, '#!/bin/sh\necho "No permissions to create a new namespace" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const probe = await probeSandbox(broken);
  expect(probe).toMatchObject({ available: false, detail: expect.stringContaining('No permissions') });
});

test('a bubblewrap that answers and fences nothing is not taken for one that works', async () => {
  const careless = join(root, 'careless');
  writeFileSync(careless, '#!/bin/sh\necho inside\n', { mode: 0o755 });
  expect(await probeSandbox(careless)).toMatchObject({ available: false });
});
