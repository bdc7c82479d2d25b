/** A command in the words of an engine, beside that of its turn: they decide what runs, and nothing of what it sees or is bound by. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProcess } from '../system/child-process.ts';
import { SESSION_BEHIND } from '../system/priority.ts';
import { type CommandTurn, type OtherCommand, startOf } from './start.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'start-'));
  // Whatever account the engine has could reach it
  chmodSync(root, 0o755);
  for (const name of ['work', 'scratch', 'home', 'apart']) mkdirSync(join(root, name), { mode: 0o755 });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const turnIn = (sandbox: 'bwrap' | 'none'): CommandTurn => ({
  ...{
    spec: { type: 'exec', auth: 'none', command: ['true'] },
    task: 'x',
    attached: [],
    secrets: [],
    hidden: [],
  },
  ...{
    network: [],
    sandbox,
    scratch: join(root, 'scratch'),
    workspace: join(root, 'work'),
    command: ['true'],
  },
  limits: { timeMs: 1, outputBytes: 1, memoryBytes: 1024 ** 3, diskBytes: 1, diskEntries: 1 },
});
const env = () => ({ PATH: '/usr/bin:/bin', HOME: join(root, 'home') });
const said = async (other: Omit<OtherCommand, 'cwd'>): Promise<string> => {
  const child = startProcess(startOf(turnIn('none'), env(), null, { cwd: join(root, 'work'), ...other }));
  child.stdin?.end();
  return `${await text(child.stdout!)}${await text(child.stderr!)}`;
};

test('its words and its environment mount nothing', () => {
  writeFileSync(join(root, 'apart/token'), 'secret', { mode: 0o644 });
  const mounts = (other?: OtherCommand): string[] => {
    const { args } = startOf(turnIn('bwrap'), env(), '/usr/bin/bwrap', other);
    return args.slice(0, args.indexOf('--chdir'));
  };
  const apart = join(root, 'apart');
  expect(
    mounts({ command: ['/bin/cat', join(apart, 'token')], cwd: join(root, 'work'), env: { PATH: apart } }),
  ).toEqual(mounts());
});

test('no file of its HOME is read before it, and nothing of its environment is set before it', async () => {
  writeFileSync(join(root, 'home/.bashrc'), 'echo read before\n');
  writeFileSync(join(root, 'home/env'), 'echo read too\n');
  const own = { BASH_ENV: join(root, 'home/env'), ENV: join(root, 'home/env'), A: 'b c' };
  expect(await said({ command: ['/usr/bin/env'], env: own })).toMatch(/^(?!read)[\s\S]*A=b c/);
  expect(await said({ command: ['printf', '%s', 'a b'], env: {} })).toBe('a b');
});

test('its PATH is where its command is looked for', async () => {
  writeFileSync(join(root, 'apart/mine'), '#!/bin/sh\necho ran\n', { mode: 0o755 });
  expect(await said({ command: ['mine'], env: { PATH: join(root, 'apart') } })).toBe('ran\n');
});

test('T149 the first words of a turn lower its own session, in a fence too', () => {
  for (const [sandbox, bwrap] of [
    ['none', null],
    ['bwrap', '/usr/bin/bwrap'],
  ] as const)
    expect(startOf(turnIn(sandbox), env(), bwrap).args.join(' ')).toContain(SESSION_BEHIND);
});
