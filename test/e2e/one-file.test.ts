/** The one file, on a machine that has git and nothing else of ours: what it starts is itself, and nothing planted beside it runs. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeInvite } from '../../src/core/protocol/invite.ts';
import type { DemoResult } from '../../src/local/demo.ts';

const made = mkdtempSync(join(tmpdir(), 'one-file-'));
const file = join(made, `entangle-${process.platform}-${process.arch}`);
beforeAll(() => {
  const script = fileURLToPath(new URL('../../scripts/binary.ts', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, '--out', made], { encoding: 'utf8' });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(made, { recursive: true, force: true }));

let root: string;
let home: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'one-file-'));
  home = join(root, 'home');
  for (const name of ['bin', 'home', 'at']) mkdirSync(join(root, name));
  for (const name of ['git', 'bash', 'sh']) {
    const found = spawnSync('bash', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    if (found.startsWith('/')) symlinkSync(found, join(root, 'bin', name));
  }
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const entangle = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(file, args, {
    env: { PATH: join(root, 'bin'), HOME: home, LANG: 'C.UTF-8', ...env },
    cwd: join(root, 'at'),
    encoding: 'utf8',
  });

test('its sum stands beside it', () => {
  const { status } = spawnSync('sha256sum', ['-c', `${file}.sha256`], { cwd: made });
  expect(status).toBe(0);
});

test('a task goes from words to a signed commit, by processes that are all this file', () => {
  const { status, stdout, stderr } = entangle(['demo', '--json', '--no-input']);
  expect([status, stderr.includes('error')]).toEqual([0, false]);
  const { session, ledger } = JSON.parse(stdout) as DemoResult;
  expect(session.state).toBe('completed');
  expect(ledger.verified).toBe(ledger.events);
});

test('git asks it for a token', () => {
  const binding = join(root, 'binding.json');
  const tokenFile = join(root, 'token');
  writeFileSync(tokenFile, 'tok-123\n', { mode: 0o600 });
  writeFileSync(binding, JSON.stringify({ host: 'git.example', tokenFile, username: 'bot' }));
  const ask = (prompt: string) => entangle(['@askpass', binding, prompt]);
  expect(ask("Password for 'https://bot@git.example': ").stdout).toBe('tok-123\n');
  expect(ask("Password for 'https://bot@evil.example': ")).toMatchObject({ status: 1, stdout: '' });
});

test('the addon of the keyring is not taken for the one of locks, which is loaded before it', () => {
  expect(entangle(['user', 'init', '--keys', 'file', '--no-input']).status).toBe(0);
  const config = join(home, '.local/share/entangle/user/default/config.yaml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('keys: file', 'keys: keyring'));
  const invite = join(root, 'invite');
  const bytes = (count: number) => '11'.repeat(count);
  const keys = { host: bytes(32), recovery: bytes(32), secret: bytes(16), graph: `${bytes(32)}/g` };
  const whose = { role: 'user', name: 'ann', id: '01900000-0000-7000-8000-000000000000' } as const;
  const text = writeInvite({ ...keys, ...whose, relays: ['ws://127.0.0.1:9'], expiresAt: 4_000_000_000 });
  writeFileSync(invite, text, { mode: 0o600 });
  // With few descriptors, too: one more for each addon, and none for what is loaded
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'ulimit -n 64; exec "$@"', 'join', file, 'user', 'join', invite, '--no-input'],
    { env: { PATH: join(root, 'bin'), HOME: home }, cwd: join(root, 'at'), encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([7, expect.stringMatching(/no Secret Service answers|libsecret is not/)]);
});

test('statements are run as Node runs them, for what an agent starts of ours', () => {
  const text = "process.stdout.write(require('node:path').basename(process.argv[1]) + process.argv.length)";
  expect(entangle(['@eval', text, '/some/where']).stdout).toBe('where2');
});

const GRAPH =
  'graph: g\nnodes:\n  a: { kind: agent, engine: { type: exec, auth: none, command: ["true"] } }\nedges: []\n';
const settled = (env?: NodeJS.ProcessEnv) => {
  writeFileSync(join(root, 'at', 'graph.yaml'), GRAPH);
  const { status, stderr } = entangle(['graph', 'validate', 'graph.yaml'], env);
  return /Experimental|Warning:/.test(stderr) ? stderr : status;
};

test('nothing that the environment or the directory names is run', () => {
  const marker = join(root, 'marker');
  const evil = join(root, 'evil.cjs');
  writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, 'ran')`);
  const text = readFileSync(evil);
  for (const name of ['zod', 'sql.js', 'keytar', 'plugin-evil']) {
    const places = [
      join(root, 'at', 'node_modules'),
      join(root, 'node_modules'),
      join(home, '.local/share/entangle/node_modules'),
    ];
    for (const place of places) {
      mkdirSync(join(place, name), { recursive: true });
      writeFileSync(join(place, name, 'index.js'), text);
      writeFileSync(join(place, name, 'package.json'), JSON.stringify({ name, main: 'index.js', oclif: {} }));
    }
  }
  const plugins = {
    private: true,
    oclif: { plugins: [{ name: 'plugin-evil', type: 'user' }] },
    dependencies: { 'plugin-evil': '1.0.0' },
  };
  writeFileSync(join(home, '.local/share/entangle/package.json'), JSON.stringify(plugins));
  writeFileSync(join(root, 'at', '.env'), `NODE_OPTIONS=--require=${evil}\n`);
  const env = { NODE_OPTIONS: `--require=${evil}`, NODE_PATH: join(root, 'node_modules') };
  expect(settled(env)).toBe(0);
  expect(entangle(['evil'], env).status).not.toBe(0);
  expect(existsSync(marker)).toBe(false);
});

const filesOf = (directory: string) =>
  readdirSync(directory).flatMap((name) => readdirSync(join(directory, name)));
test('started again for a cache that it does not trust it is the same process: a signal ends it', async () => {
  const text = 'console.log(process.pid); setInterval(() => {}, 1000)';
  const child = spawn(file, ['@eval', text], {
    env: { PATH: join(root, 'bin'), HOME: home, NODE_COMPILE_CACHE: join(root, 'given') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said] = await once(child.stdout, 'data');
  expect(Number(said)).toBe(child.pid);
  child.kill('SIGTERM');
  expect(await once(child, 'close')).toEqual([null, 'SIGTERM']);
});

test('compiled code lies where its owner alone can write, and nowhere else', () => {
  const compiled = join(home, '.cache/entangle/compiled');
  const given = join(root, 'given');
  mkdirSync(given);
  expect(settled({ NODE_COMPILE_CACHE: given })).toBe(0);
  expect(filesOf(given)).toEqual([]);
  expect(readdirSync(compiled)).not.toEqual([]);

  rmSync(compiled, { recursive: true });
  mkdirSync(compiled);
  chmodSync(compiled, 0o770);
  expect(settled()).toBe(0);
  expect(readdirSync(compiled)).toEqual([]);

  rmSync(compiled, { recursive: true });
  mkdirSync(compiled, { mode: 0o700 });
  chmodSync(join(home, '.cache/entangle'), 0o777);
  expect(settled()).toBe(0);
  expect(readdirSync(compiled)).toEqual([]);
  chmodSync(join(home, '.cache/entangle'), 0o700);

  expect(settled({ XDG_CACHE_HOME: 'relative' })).toBe(0);
  expect([existsSync(join(root, 'at/relative')), readdirSync(compiled)]).toEqual([
    false,
    [expect.any(String)],
  ]);

  rmSync(compiled, { recursive: true });
  symlinkSync(given, compiled);
  expect(settled()).toBe(0);
  expect(filesOf(given)).toEqual([]);
});
