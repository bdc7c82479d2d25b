/** Processes of the executable, played by a script that does what its first word says. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Processes } from '../../ports/index.ts';
import { createOwnProcesses } from './own-processes.ts';

const PROGRAM = `
const { readFileSync, writeFileSync } = require('node:fs');
const [what, ...args] = process.argv.slice(2);
const say = (value) => console.log(JSON.stringify(value));
const acts = {
  echo: () => say({ args, env: process.env, cwd: process.cwd(), input: readFileSync(0, 'utf8') }),
  refuse: () => {
    console.log(JSON.stringify({ error: { code: 'not_found', message: 'no such node', hint: 'look again', details: [{ line: 7 }] } }, null, 2));
    process.exit(6);
  },
  crash: () => { console.error('out of luck'); process.exit(1); },
  note: () => {
    const [file, ...rest] = args;
    writeFileSync(file, JSON.stringify({ args: rest, env: process.env }));
    process.exit(3);
  },
  wait: () => setInterval(() => {}, 1e6),
  serve: () => {
    process.stdin.on('data', () => {}).on('end', () => process.exit(0));
    process.on('SIGTERM', () => process.exit(5));
    console.error('a log line');
    say({ what: 'served', env: process.env });
    say({ line: 1 });
  },
};
acts[what]();
`;

let root: string;
let home: string;
const log: string[] = [];
let signals: AbortController;
let processes: Processes;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'entangle-own-')));
  home = join(root, 'home');
  mkdirSync(home);
  const entry = join(root, 'program.cjs');
  writeFileSync(entry, PROGRAM);
  log.length = 0;
  signals = new AbortController();
  processes = createOwnProcesses({
    home,
    self: [process.execPath, entry],
    stopVariable: 'STOP',
    signal: signals.signal,
    onLog: (who, line) => log.push(`${who}: ${line}`),
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

type Echo = { args: string[]; env: Record<string, string>; cwd: string; input: string };

test('a command stands in its home, gets its input, and nothing of entangle’s own environment', async () => {
  vi.stubEnv('ENTANGLE_TOKEN', 'secret');
  vi.stubEnv('ENTANGLE_HOST_OPERATOR_TOKEN', 'secret');
  vi.stubEnv('NODE_OPTIONS', '--no-warnings');
  const { args, env, cwd, input } = await processes.run<Echo>(['echo', 'x'], 'the input');
  expect(args).toEqual(['x', '--home', home, '--json', '--no-input']);
  expect({ cwd, input }).toEqual({ cwd: home, input: 'the input' });
  expect(env).toMatchObject({ XDG_CONFIG_HOME: home });
  for (const name of ['ENTANGLE_TOKEN', 'ENTANGLE_HOST_OPERATOR_TOKEN', 'NODE_OPTIONS', 'STOP'])
    expect(env).not.toHaveProperty(name);
});

test('its error is thrown as if it were ours; an end without one is a bug with its last words', async () => {
  const refusal = { code: 'not_found', message: 'no such node', hint: 'look again', details: [{ line: 7 }] };
  await expect(processes.run(['refuse'])).rejects.toMatchObject(refusal);
  await expect(processes.serve('host', ['refuse'])).rejects.toMatchObject(refusal);
  const crash = { code: 'bug', message: expect.stringContaining('out of luck') };
  await expect(processes.run(['crash'])).rejects.toMatchObject(crash);
  await expect(processes.serve('host', ['crash'])).rejects.toMatchObject(crash);
});

test('a server says what it serves, is heard from its first line on, and stops when told', async () => {
  const server = await processes.serve('host', ['serve']);
  expect(server).toMatchObject({ name: 'host', ready: { what: 'served', env: { STOP: '0' } } });
  const heard: unknown[] = [];
  await new Promise<void>((resolve) =>
    server.onLine((line) => {
      heard.push(line);
      resolve();
    }),
  );
  expect(heard).toEqual([{ line: 1 }]);
  await server.stop();
  expect(await server.ended).toBe(5);
  await server.stop();
  expect(log).toEqual(['host: a log line']);
});

test('the signal ends the command that runs, and starts none any more; a server is its holder’s to stop', async () => {
  const server = await processes.serve('host', ['serve']);
  const waiting = processes.run(['wait']);
  signals.abort();
  const interrupted = { code: 'interrupted' };
  await expect(waiting).rejects.toMatchObject(interrupted);
  await expect(processes.run(['echo'])).rejects.toMatchObject(interrupted);
  await expect(processes.serve('host', ['serve'])).rejects.toMatchObject(interrupted);
  process.kill(server.pid, 0);
  await server.stop();
  expect(await server.ended).toBe(5);
});

test('a command that has the terminal gets the person’s settings, no secret, and ends by the signal or with us', async () => {
  vi.stubEnv('ENTANGLE_TOKEN', 'secret');
  vi.stubEnv('XDG_CONFIG_HOME', '/settings');
  vi.stubEnv('TERM', 'xterm');
  const file = join(root, 'shown');
  expect(await processes.show(['note', file], new AbortController().signal)).toBe(3);
  const { args, env } = JSON.parse(readFileSync(file, 'utf8'));
  expect(args).toEqual(['--home', home]);
  expect(env).toMatchObject({ XDG_CONFIG_HOME: '/settings', TERM: 'xterm', STOP: '3' });
  expect(env).not.toHaveProperty('ENTANGLE_TOKEN');
  const over = new AbortController();
  const waiting = processes.show(['wait'], over.signal);
  over.abort();
  expect(await waiting).toBeNull();
  expect(await processes.show(['note', file], over.signal)).toBeNull();
});
