/** What a fresh clone promises: exact packages without scripts, a command line that starts fast and fails clearly. */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const pjson = JSON.parse(read('package.json'));
const lock = JSON.parse(read('package-lock.json')).packages as Record<
  string,
  {
    version?: string;
    dev?: boolean;
    resolved?: string;
    integrity?: string;
    optionalDependencies?: Record<string, string>;
  }
>;

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'house-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function entangle(args: string[], env: Record<string, string> = {}, cwd = home) {
  const done = spawnSync(process.execPath, [join(root, 'bin/run.js'), ...args], {
    cwd,
    env: { PATH: process.env.PATH ?? '', HOME: home, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: done.status, out: done.stdout, err: done.stderr };
}

describe('packages', () => {
  const wanted: Record<string, string> = {
    ...pjson.dependencies,
    ...pjson.devDependencies,
    ...pjson.optionalDependencies,
  };

  test('are pinned to exact versions', () => {
    const loose = Object.entries(wanted).filter(
      ([, range]) => !/^(?:npm:@[\w./-]+@)?\d+\.\d+\.\d+$/.test(range),
    );
    expect(loose).toEqual([]);
  });

  test('the lock file names no registry and has a digest for every package', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved"|https?:\/\/[^"]*\/-\//);
    const bare = Object.entries(lock).filter(
      ([path, { integrity }]) => path !== '' && !integrity?.startsWith('sha512-'),
    );
    expect(bare.map(([path]) => path)).toEqual([]);
    // npm drops the packages of other platforms when a registry does not have them, and then `npm ci` refuses.
    const missing = Object.values(lock).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies).filter((name) => !(`node_modules/${name}` in lock)),
    );
    expect(missing).toEqual([]);
    for (const [name, range] of Object.entries(wanted)) {
      expect(lock[`node_modules/${name}`]?.version).toBe(range.slice(range.lastIndexOf('@') + 1));
    }
  });

  test('run no scripts when they are installed', () => {
    expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
    const own = ['preinstall', 'install', 'postinstall', 'prepare', 'pretest', 'prestart'];
    expect(own.filter((name) => name in pjson.scripts)).toEqual([]);
  });

  test('are asked for without scripts by a fresh clone, whatever npm is set to', () => {
    const clone = join(home, 'clone');
    mkdirSync(join(clone, 'scripts'), { recursive: true });
    for (const name of ['package.json', 'package-lock.json', 'scripts/setup.js', 'scripts/stamp.js'])
      writeFileSync(join(clone, name), read(name));
    const npm = join(clone, 'npm.js');
    writeFileSync(npm, `console.error('npm', ...process.argv.slice(2)); process.exit(1);`);
    const done = spawnSync(process.execPath, [join(clone, 'scripts/setup.js')], {
      env: { PATH: process.env.PATH ?? '', HOME: home, npm_execpath: npm },
      encoding: 'utf8',
    });
    expect(done.status).toBe(7);
    expect(done.stderr).toMatch(/^npm ci .*--ignore-scripts/m);
  });

  const tooOld: Record<string, [number, number, number]> = {
    'nostr-tools': [2, 24, 3],
    'simple-git': [4, 0, 2],
    '@noble/curves': [2, 0, 0],
  };
  const forbidden = ['secp256k1', 'elliptic', 'event-stream', 'node-gyp', 'node-pre-gyp', 'prebuild-install'];

  /** What the relay that nobody here wrote brings along for itself: a peer of tests, which no release has. */
  const OF_THE_OTHER_RELAY = 'node_modules/@nostr-relay/common/node_modules/';

  test('none is on the deny-list, at any depth', () => {
    const bad: string[] = [];
    for (const [path, { version = '', dev }] of Object.entries(lock)) {
      if (dev && path.startsWith(OF_THE_OTHER_RELAY)) continue;
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      if (forbidden.includes(name)) bad.push(name);
      const least = tooOld[name];
      if (least === undefined) continue;
      const parts = version.split(/[.-]/).map(Number);
      const first = least.findIndex((part, index) => parts[index] !== part);
      if (first !== -1 && (parts[first] ?? 0) < (least[first] ?? 0)) bad.push(`${name}@${version}`);
    }
    expect(bad).toEqual([]);
  });

  test('what nostr-tools brings and entangle does not trust is never imported', () => {
    const wrong = globSync('src/**/*.{ts,tsx}', { cwd: root }).filter((path) =>
      /from '(?:nostr-wasm|nostr-tools|nostr-tools\/(?:wasm|pool|relay|abstract-\w+|nip04|nip17|nip59))'/.test(
        read(path),
      ),
    );
    expect(wrong.filter((path) => !path.endsWith('.test.ts'))).toEqual([]);
  });
});

describe('README', () => {
  test('says how to start and how to check, and names only commands that exist', () => {
    const text = read('README.md');
    expect(text).toContain('npm start');
    expect(text).toContain('npm test');
    const ids = Object.keys(JSON.parse(read('oclif.manifest.json')).commands);
    for (const topic of Object.keys(pjson.oclif.topics)) expect(text).toContain(`entangle ${topic}`);
    const shown = [...text.matchAll(/^\s*(?:\$ )?(?:npx )?entangle ([a-z][a-z -]*)/gm)].map(
      (match) => match[1]?.trim() ?? '',
    );
    const unknown = shown.filter((words) => {
      const parts = words.split(/ +/).filter((word) => /^[a-z][a-z-]*$/.test(word));
      return !parts.some((_, index) => ids.includes(parts.slice(0, index + 1).join(':')));
    });
    expect(unknown).toEqual([]);
  });
});

describe('the command line', () => {
  test('says its version, and help without a command', () => {
    expect(entangle(['--version'])).toEqual({
      code: 0,
      out: expect.stringMatching(/^entangle\/\d/),
      err: '',
    });
    const help = entangle([]);
    expect(help.code).toBe(0);
    expect(help.out).toContain('TOPICS');
    expect(help.out).not.toContain('\u001b');
  });

  test('an unknown verb or flag is a usage error that suggests the nearest', () => {
    const verb = entangle(['graph', 'validat']);
    expect([verb.code, verb.out]).toEqual([64, '']);
    expect(verb.err).toContain('did you mean `entangle graph validate`?');
    const flag = entangle(['completion', 'bash', '--jsn']);
    expect([flag.code, flag.out]).toEqual([64, '']);
    expect(flag.err).toContain('did you mean `--json`?');
    expect(entangle(['--nonsense']).code).toBe(64);
    expect(entangle(['completion']).code).toBe(64);
    expect(entangle(['completion', 'tcsh']).code).toBe(64);
  });

  test('with --json an error is one JSON value on stdout and nothing anywhere else', () => {
    const { code, out, err } = entangle(['nonsense', '--json']);
    expect([code, err]).toEqual([64, '']);
    expect(JSON.parse(out).error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining('nonsense'),
    });
  });

  test('hostile text in an argument is shown, not obeyed', () => {
    const { err } = entangle(['graph', 'validate', '--\u001b[2J\u202e']);
    expect(err).not.toMatch(/\u001b|\u202e/);
  });

  test('a settings file of a project names nothing outside of it: no home, key, file, identity or relay', () => {
    const project = join(home, 'project');
    mkdirSync(project);
    const secrets = ['home', 'keys', 'passphrase-file', 'token-file', 'sandbox', 'file'];
    for (const name of [...secrets, 'user', 'runner', 'relay']) {
      writeFileSync(join(project, '.entangle.yaml'), `${name}: /tmp/evil\n`);
      const { code, err } = entangle(['completion', 'bash'], {}, project);
      expect(code).toBe(8);
      expect(err).toContain(`setting "${name}" is not allowed in this file`);
    }
  });

  test('no plugin of the user is loaded', () => {
    const data = join(home, 'data');
    const plugin = join(data, 'entangle');
    const marker = join(home, 'ran');
    const script = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`;
    mkdirSync(join(plugin, 'node_modules', 'evil'), { recursive: true });
    const evil = {
      name: 'evil',
      version: '1.0.0',
      main: 'x.js',
      oclif: { hooks: { init: './x.js' } },
      files: [],
    };
    writeFileSync(
      join(plugin, 'package.json'),
      JSON.stringify({
        dependencies: { evil: '1.0.0' },
        oclif: { schema: 1, plugins: [{ name: 'evil', type: 'user' }] },
      }),
    );
    writeFileSync(join(plugin, 'node_modules', 'evil', 'package.json'), JSON.stringify(evil));
    writeFileSync(join(plugin, 'node_modules', 'evil', 'x.js'), script);
    expect(entangle(['--help'], { XDG_DATA_HOME: data }).code).toBe(0);
    expect(entangle(['completion', 'bash'], { XDG_DATA_HOME: data }).code).toBe(0);
    expect(existsSync(marker)).toBe(false);
  });
});
