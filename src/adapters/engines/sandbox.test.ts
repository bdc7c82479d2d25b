import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Boxed, probeSandbox, sandboxArguments } from './sandbox.ts';

let root: string;
let turn: Boxed;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'entangle-sandbox-')));
  for (const name of ['home/turn/work', 'home/turn/scratch', 'home/keys']) {
    mkdirSync(join(root, name), { recursive: true });
  }
  writeFileSync(join(root, 'home/token'), 'x');
  turn = {
    command: ['agent', '--flag'],
    scratch: join(root, 'home/turn/scratch'),
    workspace: join(root, 'home/turn/work'),
    hidden: [join(root, 'home'), join(root, 'home/token'), join(root, 'none')],
    network: false,
  };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const env = { PATH: '/usr/bin', LANG: 'C' };

test('cleared environment, all namespaces, the command after "--"', () => {
  const argv = sandboxArguments(turn, { env, starter: ['sh'] });
  for (const flag of ['--unshare-all', '--die-with-parent', '--new-session', '--clearenv']) {
    expect(argv).toContain(flag);
  }
  expect(argv.join(' ')).toContain('--cap-drop ALL');
  expect(argv).not.toContain('--share-net');
  expect(argv.slice(argv.indexOf('--'))).toEqual(['--', 'sh', 'agent', '--flag']);
  expect(sandboxArguments({ ...turn, network: true }, { env })).toContain('--share-net');
});

test('a hidden home is covered before the workspace in it is bound, and what is not there is left out', () => {
  const argv = sandboxArguments(turn, { env });
  const at = (...words: string[]) => argv.findIndex((_, i) => words.every((word, k) => argv[i + k] === word));
  expect(at('--tmpfs', `${root}/home`)).toBeGreaterThan(at('--ro-bind', '/', '/'));
  expect(at('--bind', turn.workspace, turn.workspace)).toBeGreaterThan(at('--tmpfs', `${root}/home`));
  expect(at('--ro-bind', '/dev/null', `${root}/home/token`)).toBeGreaterThan(0);
  expect(argv.join(' ')).not.toContain(`${root}/none`);
});

test('what is hidden inside the workspace is covered after the workspace is bound', () => {
  const inner = join(turn.workspace, 'private');
  mkdirSync(inner);
  const argv = sandboxArguments({ ...turn, hidden: [inner] }, { env });
  const at = (...words: string[]) => argv.findIndex((_, i) => words.every((word, k) => argv[i + k] === word));
  expect(at('--tmpfs', inner)).toBeGreaterThan(at('--bind', turn.workspace, turn.workspace));
});

test('programs below a mask stay readable, nothing else of it', () => {
  const bin = join(root, 'tools/bin');
  mkdirSync(bin, { recursive: true });
  const argv = sandboxArguments(turn, { env: { PATH: `${bin}:relative:/usr/bin` } }).join(' ');
  expect(argv).toContain(`--ro-bind ${bin} ${bin}`);
  expect(argv).not.toContain('--ro-bind relative');
});

test.each(['/', 'relative', '/a\0b', ''])('the path %j is refused', (path) => {
  expect(() => sandboxArguments({ ...turn, workspace: path }, { env })).toThrow(/absolute/);
  expect(() => sandboxArguments({ ...turn, hidden: [path] }, { env })).toThrow(/absolute/);
});

test('a probe of what is not installed, or does not work, says so', async () => {
  expect(await probeSandbox(null)).toEqual({
    available: false,
    detail: 'bubblewrap (bwrap) is not installed',
  });
  const broken = join(root, 'broken');
  writeFileSync(broken, '#!/bin/sh\necho "No permissions to create a new namespace" >&2\nexit 1\n', {
    mode: 0o755,
  });
  const probe = await probeSandbox(broken);
  expect(probe).toMatchObject({ available: false, detail: expect.stringContaining('No permissions') });
});
