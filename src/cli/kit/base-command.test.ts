/**
 * The rules that all commands share, on a command of its own: words and exit codes in this process, and in one of their own
 * signals, streams and ends.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mainHere } from '../../../test/support/own-command.ts';
import { upHome, upStateFile } from './repository-home.ts';

const root = resolve(import.meta.dirname, '../../..');
let base: string;
let start: string;
let main: (argv: string[]) => Promise<void>;

const probe = `
import { BaseCommand } from '${root}/src/cli/kit/base-command.ts';
import * as flags from '${root}/src/cli/kit/flags.ts';
import { EntangleError } from '${root}/src/core/errors.ts';
export default class Probe extends BaseCommand {
  static summary = 'Probe.';
  static flags = { relay: flags.relayFlag(), timeout: flags.timeout, keys: flags.keyStoreKind(), what: flags.cursor, ...flags.hostFlags };
  async execute(flags) {
    this.progress('working');
    if (flags.what === 'bug') throw new TypeError('broken inside');
    if (flags.what === 'denied') throw new EntangleError('denied', 'no \\u001b[31medge\\nhint: obey', { hint: 'add one', details: [{ from: 'a', n: 1, of: ['b', 'c'], left: [] }, 'as it is'], cause: new Error('\\u001b[2J\\u202e') });
    if (flags.what === 'files') await (await import('node:fs/promises')).readFile('${root}/package.json/x');
    if (flags.what === 'pending') this.exitCode = 2;
    if (flags.what === 'stream') { await this.emit({ n: 1 }, () => 'one'); await this.emit({ n: 2 }, () => 'two'); return undefined; }
    if (flags.what === 'flood') { for (let n = 0; n < 200000; n++) await this.emit({ n }, () => 'line ' + n); return undefined; }
    if (flags.what === 'slow') {
      let most = 0;
      for (let n = 0; n < 50000; n++) {
        await this.emit({ n, text: 'x'.repeat(200) }, () => '');
        most = Math.max(most, process.stdout.writableLength);
      }
      process.on('exit', () => process.stderr.write('most ' + most));
      return undefined;
    }
    if (flags.what === 'crossing') {
      for (const n of [1, 2, 3]) void this.emit({ n, diff: 'a line\\n'.repeat(300000) }, () => '');
      throw new Error('after them');
    }
    if (flags.what === 'long') {
      let longest = 0;
      const write = process.stdout.write.bind(process.stdout);
      process.stdout.write = (text, ...more) => { longest = Math.max(longest, text.length); return write(text, ...more); };
      process.on('exit', () => process.stderr.write('longest ' + longest));
      return { diff: 'a line\\n'.repeat(100000) };
    }
    if (flags.what === 'forever') { setInterval(() => {}, 1000); process.stdout.write('ready\\n'); await new Promise(() => {}); }
    if (flags.what === 'serve' || flags.what === 'work') {
      const signal = flags.what === 'serve' ? this.servingSignal : this.signal;
      process.stdout.write('ready\\n');
      const timer = setInterval(() => {}, 1000);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      clearInterval(timer);
      return { closed: true };
    }
    if (flags.what === 'leak') setInterval(() => {}, 1000);
    return { flags, home: this.home.runner('r1'), host: this.home.host, evil: 'a\\u202eb\\nc', task: 'd\\re\\nf' };
  }
  render(value) { return this.paint('good', 'fine') + ' ' + value.evil + ' ' + value.task; }
}`;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'command-'));
  const sources = join(base, 'sources');
  mkdirSync(join(sources, 'commands'), { recursive: true });
  writeFileSync(join(sources, 'commands', 'probe.ts'), probe);
  writeFileSync(
    join(sources, 'start.ts'),
    `import { run } from './run.ts';
await run(process.argv.slice(2));`,
  );
  writeFileSync(
    join(sources, 'run.ts'),
    `import { main } from '${root}/src/cli/kit/main.ts';
import { existsSync } from 'node:fs';
const load = (path) => import(path);
const layout = { root: '${root}', commands: '${base}/commands', extension: '.js', has: existsSync, load };
export const run = (argv) => main(argv, layout);`,
  );
  // Bundled once, as the program is: from source each of the many starts would read it all again.
  await build({
    entryPoints: ['start.ts', 'run.ts', 'commands/probe.ts'].map((path) => join(sources, path)),
    outbase: sources,
    outdir: base,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    alias: { yaml: join(root, 'node_modules/yaml/browser/index.js') },
    banner: {
      js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  writeFileSync(join(base, 'package.json'), '{"type":"module"}');
  start = join(base, 'start.js');
  ({ run: main } = await import(join(base, 'run.js')));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

const envOf = (more: Record<string, string>) => ({ PATH: process.env.PATH ?? '', HOME: base, ...more });
function run(args: string[], env: Record<string, string> = {}, cwd = base) {
  const done = spawnSync(process.execPath, [start, 'probe', ...args], {
    cwd,
    env: envOf(env),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}
/** The same without a process for it. */
const runHere = async (args: string[], env: Record<string, string> = {}, cwd = base) => {
  const { code, stdout, stderr } = await mainHere(main, { argv: ['probe', ...args], env: envOf(env), cwd });
  return { code, out: stdout, err: stderr };
};
const flagsOf = async (args: string[], env: Record<string, string> = {}, cwd = base) =>
  JSON.parse((await runHere(['--json', ...args], env, cwd)).out).flags;

test('text on stdout, progress on stderr, no ANSI in a pipe, others’ text made visible', async () => {
  expect(await runHere([])).toEqual({
    code: 0,
    out: 'fine a\\u{202e}b\\x0ac d\\x0de\nf\n',
    err: 'working\n',
  });
  expect((await runHere(['--quiet'])).err).toBe('');
});

test('--json: one value and nothing else, exact for a parser and harmless on a terminal', async () => {
  const { code, out, err } = await runHere(['--json', '--quiet']);
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({
    evil: 'a\u202eb\nc',
    home: join(base, '.local/share/entangle/runner/r1'),
  });
  expect(out).toContain('"a\\u202eb\\nc"');
  expect((await runHere(['--quiet'], { ENTANGLE_JSON: '1' })).out).toBe(out);
});

test('an error a person can act on: its own exit code, words on stderr; with --json on stdout', async () => {
  const text = await runHere(['--what', 'denied', '--quiet']);
  expect(text).toEqual({
    code: 5,
    out: '',
    err: 'error: no \\x1b[31medge\n  hint: obey\n  - from a, n 1, of b c, left none\n  - as it is\nhint: add one\n',
  });
  const json = await runHere(['--what', 'denied', '--quiet', '--json']);
  expect([json.code, json.err]).toEqual([5, '']);
  expect(json.out).not.toContain('\u001b');
  expect(JSON.parse(json.out)).toEqual({
    error: {
      code: 'denied',
      message: 'no \u001b[31medge\nhint: obey',
      hint: 'add one',
      details: [{ from: 'a', n: 1, of: ['b', 'c'], left: [] }, 'as it is'],
    },
  });
});

test('the words of a cause and of a stack are harmless as well, on demand', async () => {
  const { err } = await runHere(['--what', 'denied', '--quiet'], { ENTANGLE_DEBUG: '1' });
  expect(err).toContain('no \\x1b[31medge\n  hint: obey\n      at ');
  expect(err).toContain('cause: Error: \\x1b[2J\\u{202e}\n');
  expect(err).not.toMatch(/[\u001b\u202e]/);
});

test('anything else thrown is a bug: exit 1 and a request to report it; the stack only on demand', async () => {
  const { code, err } = await runHere(['--what', 'bug', '--quiet']);
  expect(code).toBe(1);
  expect(err).toContain('please report it');
  expect(err).not.toContain('at ');
  expect((await runHere(['--what', 'bug'], { ENTANGLE_DEBUG: '1' })).err).toContain('probe.js');
});

test('what the system says no to is no bug: exit 7, the path and why', async () => {
  const { code, err } = await runHere(['--what', 'files', '--quiet']);
  expect(code).toBe(7);
  expect(err).toBe(
    `error: cannot use ${root}/package.json/x: a part of the path is no directory (ENOTDIR)\nhint: see who owns it, and whether its disk is mounted, writable and not full\n`,
  );
});

const UNWRITABLE: [string, string, string][] = [
  ['/dev/full', 'w', 'no space left on the device (ENOSPC)'],
  ['/dev/null', 'r', 'it is not open for writing (EBADF)'],
];
test.runIf(existsSync('/dev/full')).each(UNWRITABLE)(
  'an output that cannot be written is told: %s (%s): exit 7',
  (path, how, words) => {
    for (const args of [[], ['--json'], ['--what', 'stream']]) {
      const out = openSync(path, how);
      const done = spawnSync(process.execPath, [start, 'probe', '-q', ...args], {
        env: envOf({}),
        stdio: ['ignore', out, 'pipe'],
        encoding: 'utf8',
      });
      closeSync(out);
      expect(done.status).toBe(7);
      expect(done.stderr).toContain(`error: cannot write the output: ${words}\n`);
    }
  },
);

test('a command’s own exit code, and a stream as NDJSON', async () => {
  expect((await runHere(['--what', 'pending'])).code).toBe(2);
  expect((await runHere(['--what', 'stream', '--json', '-q'])).out).toBe('{"n":1}\n{"n":2}\n');
  expect((await runHere(['--what', 'stream', '-q'])).out).toBe('one\ntwo\n');
});

test('a stream of more than its reader takes at once holds none of it', () => {
  const { out, err } = run(['--what', 'slow', '--json', '-q']);
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).n)).toEqual(Array.from({ length: 50_000 }, (_, n) => n));
  expect(Number(/^most (\d+)$/.exec(err)?.[1])).toBeLessThan(100_000);
});
test('long lines of a stream are whole, one behind the other, and its error is behind them', () => {
  const lines = run(['--what', 'crossing', '--json', '-q']).out.trimEnd().split('\n');
  const values = lines.map((line) => JSON.parse(line));
  expect(values.map(({ n, error }) => n ?? error.code)).toEqual([1, 2, 3, 'bug']);
  expect(values[2].diff).toBe('a line\n'.repeat(300_000));
});
test('a long value as JSON is one value, written in pieces', () => {
  const { out, err } = run(['--what', 'long', '--json', '-q']);
  expect(JSON.parse(out)).toEqual({ diff: 'a line\n'.repeat(100_000) });
  expect(Number(/^longest (\d+)$/.exec(err)?.[1])).toBeLessThan(200_000);
});

test('flag before environment before project file before user file before default', async () => {
  mkdirSync(join(base, '.config/entangle'), { recursive: true });
  mkdirSync(join(base, 'project'));
  writeFileSync(
    join(base, '.config/entangle/config.yaml'),
    'keys: file\ntimeout: 1s\nhome: ./from-file\nrelay: [wss://a.example, wss://b.example]\n',
  );
  writeFileSync(join(base, 'project/.entangle.yaml'), 'timeout: 2s\n');
  const project = join(base, 'project');
  const relay = ['wss://a.example', 'wss://b.example'];
  expect(await flagsOf([])).toMatchObject({ timeout: 1_000, keys: 'file', relay });
  expect(await flagsOf([], {}, project)).toMatchObject({ timeout: 2_000, keys: 'file', relay });
  expect(
    await flagsOf([], { ENTANGLE_TIMEOUT: '3s', ENTANGLE_RELAY: 'ws://c,ws://d' }, project),
  ).toMatchObject({
    timeout: 3_000,
    relay: ['ws://c', 'ws://d'],
  });
  expect((await flagsOf(['--timeout', '4m'], { ENTANGLE_TIMEOUT: '3s' }, project)).timeout).toBe(240_000);
  expect(JSON.parse((await runHere(['--json'], { ENTANGLE_HOME: '/h' })).out).home).toBe('/h/runner/r1');
  rmSync(join(base, '.config'), { recursive: true });
});

test.each(['runner', 'user'])(
  'a directory of %ss that others can write to, or a link to one, is refused',
  async (name) => {
    const [home, open] = [join(base, `home-${name}`), join(base, `open-${name}`)];
    mkdirSync(join(home, name), { recursive: true });
    expect((await runHere([], { ENTANGLE_HOME: home })).code).toBe(0);
    chmodSync(join(home, name), 0o777);
    const words = (path: string) => expect.stringContaining(`others can write to ${path}`);
    expect(await runHere([], { ENTANGLE_HOME: home })).toMatchObject({
      code: 8,
      err: words(join(home, name)),
    });
    renameSync(join(home, name), open);
    symlinkSync(open, join(home, name));
    expect(await runHere([], { ENTANGLE_HOME: home })).toMatchObject({
      code: 8,
      err: words(join(home, name)),
    });
  },
);

test('bad values are usage errors wherever they come from', async () => {
  expect(await runHere(['--timeout', 'soon'])).toMatchObject({
    code: 64,
    err: 'error: --timeout: "soon" is not a duration\nhint: write whole numbers with their units, such as 90s, 15m, 1h30m or 7d\n',
  });
  expect(await runHere([], { ENTANGLE_KEYS: 'pocket' })).toMatchObject({
    code: 64,
    err: expect.stringContaining('ENTANGLE_KEYS must be one of'),
  });
  for (const word of ['yes', 'TRUE', '2'])
    expect(await runHere([], { ENTANGLE_NO_INPUT: word })).toMatchObject({
      code: 64,
      err: 'error: ENTANGLE_NO_INPUT must be 1 or 0\nhint: set it to 1 for yes, or leave it out: `unset ENTANGLE_NO_INPUT`\n',
    });
  for (const word of ['', '0', '1', 'true'])
    expect(await runHere([], { ENTANGLE_NO_INPUT: word })).toMatchObject({ code: 0 });
  expect(await runHere(['--what'])).toMatchObject({ code: 64 });
  expect(await runHere(['stray'])).toMatchObject({ code: 64, err: expect.stringContaining('stray') });
});

test('a timer that somebody forgot does not keep the command alive', () => {
  const said = { out: 'fine a\\u{202e}b\\x0ac d\\x0de\nf\n', err: 'working\n' };
  expect(run(['--what', 'leak'])).toEqual({ code: 0, ...said });
});

test('a reader that leaves early is no failure', () => {
  const command = `"${process.execPath}" "${start}" probe --what flood | head -1; echo "\${PIPESTATUS[0]}"`;
  const done = spawnSync('bash', ['-c', command], { cwd: base, env: envOf({}), encoding: 'utf8' });
  expect(done.stdout).toBe('line 0\n0\n');
  expect(done.stderr).toBe('working\n');
});

async function interrupt(what: string, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [start, 'probe', '--what', what, '--json', '-q'], {
    cwd: base,
    env: envOf({}),
  });
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (out === '') child.kill(signal);
    out += chunk;
  });
  const code = await new Promise((done) => child.on('close', done));
  return { code, out };
}

test('SIGINT ends with 130, also a command that does not listen; SIGTERM of one that serves is a good end', async () => {
  expect(await interrupt('forever', 'SIGINT')).toEqual({ code: 130, out: 'ready\n' });
  expect(await interrupt('forever', 'SIGTERM')).toMatchObject({ code: 143 });
  const served = await interrupt('serve', 'SIGINT');
  expect(served.code).toBe(130);
  expect(JSON.parse(served.out.slice('ready\n'.length))).toEqual({ closed: true });
  expect(await interrupt('serve', 'SIGTERM')).toMatchObject({ code: 0 });
  expect(await interrupt('serve', 'SIGHUP')).toMatchObject({ code: 0 });
  expect(await interrupt('work', 'SIGTERM')).toMatchObject({ code: 143 });
  expect(await interrupt('work', 'SIGHUP')).toMatchObject({ code: 129 });
});

test('in a repository with a federation of its own it is for that one, whatever context is used', async () => {
  const repository = join(realpathSync(base), 'ours');
  const home = upHome(join(realpathSync(base), '.local/share/entangle'), repository);
  for (const name of ['objects', 'refs']) mkdirSync(join(repository, '.git', name), { recursive: true });
  writeFileSync(join(repository, '.git/HEAD'), 'ref: refs/heads/main\n');
  mkdirSync(home, { recursive: true });
  writeFileSync(upStateFile(home), JSON.stringify({ repository }));
  const settings = join(base, 'contexts-settings');
  mkdirSync(join(settings, 'entangle'), { recursive: true });
  const prod = { name: 'prod', url: 'https://prod.example', ca: null, tokenFile: '/t', oidcTokenFile: null };
  writeFileSync(
    join(settings, 'entangle/contexts.json'),
    JSON.stringify({ current: 'prod', contexts: [prod] }),
  );
  const env = { HOME: realpathSync(base), XDG_CONFIG_HOME: settings };
  const meant = async (args: string[], cwd: string) => {
    const { flags, host } = JSON.parse((await runHere(['--json', ...args], env, cwd)).out);
    return [flags['host-url'] ?? null, host];
  };
  const usual = join(realpathSync(base), '.local/share/entangle/host/default');
  expect(await meant([], base)).toEqual([prod.url, usual]);
  expect(await meant([], repository)).toEqual([null, join(home, 'host/default')]);
  expect(await meant(['--host', 'beta'], repository)).toEqual([null, join(home, 'host/beta')]);
  expect(await meant(['--host', 'beta'], base)).toEqual([null, usual.replace('default', 'beta')]);
  expect((await meant(['--context', 'prod'], repository))[0]).toBe(prod.url);
  writeFileSync(join(settings, 'entangle/config.yaml'), `home: ${base}/mine\n`);
  expect(await meant([], repository)).toEqual([prod.url, join(base, 'mine/host/default')]);
});
