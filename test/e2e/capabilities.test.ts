/** What a runner declares it can do is tried first: on machines that lack it nothing is declared, and nothing is made. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { writeConfig } from '../../src/cli/wiring/home-config.ts';
import { runnerConfig } from '../../src/services/setup/config.ts';
import { BIN } from '../support/cli.ts';
import { plainGit } from '../support/git-fixtures.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'capabilities-'));
  for (const name of ['bin', 'home', 'repository']) mkdirSync(join(root, name), { mode: 0o755 });
  // Root tries bubblewrap as somebody else
  chmodSync(root, 0o755);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const gitPath = spawnSync('bash', ['-c', 'command -v git'], { encoding: 'utf8' }).stdout.trim();
const withGit = () => symlinkSync(gitPath, join(root, 'bin/git'));
const broken = () =>
  writeFileSync(
    join(root, 'bin/bwrap'),
    '#!/bin/sh\necho "No permissions to make namespaces" >&2; exit 1\n',
    {
      mode: 0o755,
    },
  );
/** On a machine that has nothing but the programs of `bin`. */
const entangle = (...args: string[]) => {
  const env = { PATH: join(root, 'bin'), HOME: root, LANG: 'C.UTF-8' };
  const argv = [BIN, ...args, '--home', join(root, 'home')];
  return spawnSync(process.execPath, argv, { env, encoding: 'utf8', cwd: join(root, 'repository') });
};
const INIT = ['runner', 'init', '--keys', 'file'];

describe('runner init', () => {
  test('without bubblewrap it offers no bwrap: exit 7, the way out, and no key is made', () => {
    withGit();
    const { status, stderr } = entangle(...INIT, '--sandbox', 'bwrap', '--sandbox', 'none');
    expect([status, stderr]).toEqual([
      7,
      expect.stringMatching(/not available: bwrap is not installed[\s\S]*sandbox none/),
    ]);
    expect(readdirSync(join(root, 'home'))).toEqual([]);
  });

  test('a bubblewrap that may make no namespaces is told in its own words', () => {
    withGit();
    broken();
    const { status, stderr } = entangle(...INIT, '--sandbox', 'bwrap');
    expect([status, stderr]).toEqual([7, expect.stringContaining('No permissions to make namespaces')]);
  });

  test('without git there is no runner', () => {
    const { status, stderr } = entangle(...INIT, '--sandbox', 'none');
    expect([status, stderr]).toEqual([7, expect.stringContaining('git is not on PATH')]);
    expect(readdirSync(join(root, 'home'))).toEqual([]);
  });

  test('what is not enforced is called so', () => {
    withGit();
    const { status, stdout } = entangle(...INIT, '--sandbox', 'none');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/none \(not enforced\)[\s\S]*nothing is enforced/),
    ]);
  });
});

test('runner serve says no hello with a sandbox that is not there any more: exit 7', async () => {
  withGit();
  const config = {
    ...{
      kind: 'runner' as const,
      name: 'r1',
      keys: 'file' as const,
      invite: null,
      ticket: null,
      repositoryHooks: false,
      host: 'ab'.repeat(32),
    },
    ...{ graph: `${'ab'.repeat(32)}/acme`, stream: 'cd'.repeat(16), recovery: 'ef'.repeat(32) },
    ...{ relays: ['ws://127.0.0.1:9'], labels: {}, sandbox: ['bwrap' as const], capacity: 1 },
    protocols: ['ssh' as const],
  };
  await writeConfig(join(root, 'home/runner/default'), runnerConfig, config);
  const { status, stderr } = entangle('runner', 'serve');
  expect([status, stderr]).toEqual([7, expect.stringContaining('bubblewrap is not available')]);
});

test('up says the same', () => {
  withGit();
  symlinkSync('/bin/bash', join(root, 'bin/bash'));
  const repository = join(root, 'repository');
  plainGit(repository, 'init', '--initial-branch', 'main');
  plainGit(repository, 'commit', '--allow-empty', '--message', 'first');
  const { status, stderr } = entangle('up', '--sandbox', 'bwrap');
  expect([status, stderr]).toEqual([
    7,
    expect.stringContaining('bubblewrap is not available: bwrap is not installed'),
  ]);
});
