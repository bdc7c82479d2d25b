/** Settings of a runner, changed in a config.yaml that others write too. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { acquireLock } from '../../adapters/system/lock.ts';
import type { RunnerSetting } from '../../core/command-words.ts';
import { runnerConfig } from '../../services/setup/config.ts';
import { requireConfig } from '../wiring/home-config.ts';
import { noteLeft } from '../wiring/leave-wish.ts';
import { changedText, changeSetting, listSettings } from './config.ts';

const HOST = 'ab'.repeat(32);
const settings = {
  labels: { region: 'eu' },
  sandbox: ['none'],
  capacity: 4,
  protocols: ['https', 'ssh'],
  repositoryHooks: false,
};
const joined = {
  ...{ kind: 'runner', graph: `${HOST}/acme`, keys: 'file', stream: 'cd'.repeat(16) },
  ...{ relays: ['wss://relay.example.org'], name: 'lab', host: HOST, recovery: 'ef'.repeat(32) },
  ...{ invite: null, ticket: null, ...settings },
};

let home: string;
const path = () => join(home, 'config.yaml');
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entangle-runner-config-'));
  writeFileSync(path(), `# of the lab\n${stringify(joined)}`, { mode: 0o600 });
});
afterEach(() => rmSync(home, { recursive: true }));
const config = () => requireConfig(home, runnerConfig, '');
const serve = async (): Promise<() => Promise<void>> => {
  mkdirSync(join(home, 'ledger'), { recursive: true, mode: 0o700 });
  return (await acquireLock(join(home, 'ledger', 'lock'), 'a test')).release;
};

test('a setting is changed, and nothing else of the file', async () => {
  const before = readFileSync(path(), 'utf8');
  expect(await changeSetting(home, 'capacity', ['8'])).toEqual({
    ...{ runner: 'lab', key: 'capacity', value: 8, text: '8', was: '4' },
    ...{ isDefault: false, holds: 'when_served' },
  });
  expect(readFileSync(path(), 'utf8')).toBe(before.replace('capacity: 4', 'capacity: 8'));
  await changeSetting(home, 'memory', ['512']);
  await changeSetting(home, 'label', ['gpu=yes']);
  expect(await config()).toEqual({ ...joined, capacity: 8, memory: 512, labels: { gpu: 'yes' } });
  await changeSetting(home, 'memory', null);
  await changeSetting(home, 'label', null);
  await changeSetting(home, 'capacity', null);
  expect(await config()).toEqual({ ...joined, labels: {} });
});

test('what a person wrote behind a value stays there', async () => {
  const before = readFileSync(path(), 'utf8').replace('capacity: 4', 'capacity: 4 # as many as it has fans');
  writeFileSync(path(), before);
  await changeSetting(home, 'capacity', ['8']);
  expect(readFileSync(path(), 'utf8')).toBe(before.replace('capacity: 4', 'capacity: 8'));
});

test('what is refused leaves the file as it was', async () => {
  const before = readFileSync(path(), 'utf8');
  await expect(changeSetting(home, 'capacity', ['0'])).rejects.toMatchObject({ code: 'usage' });
  await expect(changeSetting(home, 'sandbox', null)).rejects.toMatchObject({ code: 'usage' });
  expect(readFileSync(path(), 'utf8')).toBe(before);
});

test('two at once: none is lost', async () => {
  await Promise.all([
    changeSetting(home, 'capacity', ['8']),
    changeSetting(home, 'memory', ['512']),
    changeSetting(home, 'disk', ['4096']),
    changeSetting(home, 'git-protocol', ['file']),
    changeSetting(home, 'label', null),
  ]);
  const changed = { capacity: 8, memory: 512, disk: 4096, protocols: ['file'], labels: {} };
  expect(await config()).toEqual({ ...joined, ...changed });
});

test('it says from when the setting holds', async () => {
  const told = async (...[key, value]: [RunnerSetting, string]) =>
    changedText(await changeSetting(home, key, [value])).split('\n');
  expect(await told('capacity', '8')).toEqual([
    'runner    lab',
    'capacity  8',
    'holds     when it is served',
  ]);
  const stop = await serve();
  expect(await told('capacity', '9')).toContain(
    'holds     within seconds: the process that serves it takes it up',
  );
  expect((await told('disk', '4096')).at(-1)).toMatch(/^holds +from its next start: .* goes on as before$/);
  expect((await told('disk', '4096')).at(-1)).toMatch(/^holds +as before: nothing was changed$/);
  await stop();
});

test('one that has not joined is set too', async () => {
  const newcomer = { kind: 'runner', name: 'lab', keys: 'file', settings };
  writeFileSync(path(), stringify(newcomer), { mode: 0o600 });
  await changeSetting(home, 'git-protocol', ['file']);
  const { items } = await listSettings(home);
  expect(items.map(({ key, text, isDefault }) => `${key} ${text} ${isDefault}`)).toEqual([
    'sandbox none false',
    'label region=eu false',
    'capacity 4 true',
    'memory  true',
    'disk  true',
    'git-protocol file false',
    'repository-hooks false true',
  ]);
});

test('one that left, is none, or is a link has none to change', async () => {
  await noteLeft(home);
  await expect(changeSetting(home, 'capacity', ['8'])).rejects.toMatchObject({ code: 'conflict' });
  await expect(changeSetting(join(home, 'x'), 'capacity', ['8'])).rejects.toMatchObject({
    ...{ code: 'not_found', hint: expect.stringContaining('`entangle runner init') },
  });
  writeFileSync(path(), stringify({ ...joined, kind: 'user' }), { mode: 0o600 });
  await expect(listSettings(home)).rejects.toMatchObject({ code: 'invalid' });
  rmSync(path());
  symlinkSync('/etc/hostname', path());
  await expect(changeSetting(home, 'capacity', ['8'])).rejects.toMatchObject({ code: 'invalid' });
});
