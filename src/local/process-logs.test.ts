import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openProcessLogs } from './process-logs.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'entangle-logs-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('a line a process says is appended to its own file, which only we can read', () => {
  const logs = openProcessLogs(home);
  logs.add('host', 'one');
  logs.add('host', 'two');
  const file = join(home, 'logs', 'host.log');
  expect(logs.fileOf('host')).toBe(file);
  expect(readFileSync(file, 'utf8')).toMatch(/^\S+Z one\n\S+Z two\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'logs')).mode & 0o777).toBe(0o700);
});

test('one that is a megabyte is kept once more, and no third is', () => {
  const logs = openProcessLogs(home);
  const file = logs.fileOf('host');
  for (let round = 0; round < 3; round++) {
    logs.add('host', `round ${round}`);
    truncateSync(file, 1_048_576);
  }
  logs.add('host', 'last');
  expect(readFileSync(file, 'utf8')).toMatch(/Z last\n$/);
  expect(readFileSync(`${file}.1`, 'utf8')).toContain('round 2');
  expect(existsSync(`${file}.2`)).toBe(false);
});
