/** A process that serves sees what is set of its runner meanwhile, and goes on with what it has where that cannot be read. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { systemClock } from '../../adapters/system/clock.ts';
import { type RunnerConfig, runnerConfig } from '../../services/setup/config.ts';
import { changedSettings } from './live-settings.ts';

const HOST = 'ab'.repeat(32);
const before: RunnerConfig = runnerConfig.parse({
  ...{ kind: 'runner', graph: `${HOST}/acme`, keys: 'file', stream: 'cd'.repeat(16) },
  ...{ relays: ['wss://relay.example.org'], name: 'lab', host: HOST, recovery: 'ef'.repeat(32) },
  ...{ invite: null, ticket: null, labels: {}, sandbox: ['none'], capacity: 4, memory: 512 },
  ...{ protocols: ['https'], repositoryHooks: false },
});

let home: string;
let now = 0;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entangle-live-settings-'));
  vi.spyOn(systemClock, 'monotonic').mockImplementation(() => now);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(home, { recursive: true });
});
const write = (text: string) => writeFileSync(join(home, 'config.yaml'), text, { mode: 0o600 });

test('news are given once; a damaged file changes nothing and is told once', async () => {
  const told: string[] = [];
  const look = changedSettings(home, before, (_level, text) => told.push(text));
  const next = () => {
    now += 1000;
    return look();
  };
  write(stringify(before));
  expect(await next()).toBeNull();
  write(stringify({ ...before, capacity: 8, labels: { gpu: 'yes' } }));
  expect(await next()).toEqual({
    ...{ capacity: 8, labels: { gpu: 'yes' }, memory: 512, protocols: ['https'], repositoryHooks: false },
  });
  expect(await next()).toBeNull();
  // Of no running process
  write(stringify({ ...before, capacity: 8, labels: { gpu: 'yes' }, disk: 4096 }));
  expect(await next()).toBeNull();
  for (const damaged of ['kind: [', stringify({ ...before, capacity: 0 })]) {
    write(damaged);
    expect(await next()).toBeNull();
    expect(await next()).toBeNull();
  }
  expect(told).toEqual([
    expect.stringMatching(/^goes on with the settings that it has: /),
    expect.stringContaining('capacity: must be at least 1'),
  ]);
  write(stringify(before));
  expect(await next()).toMatchObject({ capacity: 4, labels: {} });
});

test('a file that cannot be read is told once too, and again only once it was read meanwhile', async () => {
  const told: string[] = [];
  const look = changedSettings(home, before, (_level, text) => told.push(text));
  const next = () => {
    now += 1000;
    return look();
  };
  const file = join(home, 'config.yaml');
  const unread = async () => {
    rmSync(file, { force: true });
    mkdirSync(file);
    for (let looks = 0; looks < 3; looks++) expect(await next()).toBeNull();
    rmSync(file, { recursive: true });
  };
  await unread();
  expect(told).toEqual([expect.stringContaining('is not a regular file')]);
  write(stringify({ ...before, capacity: 8 }));
  expect(await next()).toMatchObject({ capacity: 8 });
  await unread();
  expect(told).toHaveLength(2);
});
