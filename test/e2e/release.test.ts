/** What people install from: made of the files of the platforms, each installed and run where its tool is here. */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { changelogText } from '../../scripts/release/changelog.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'release-'));
const out = join(work, 'release');
const name = `entangle-${process.platform}-${process.arch}`;
const URL_OF_IT = 'https://files.example/v1';

const script = (file: string, ...args: string[]) =>
  spawnSync(process.execPath, [join(root, 'scripts', file), ...args], { cwd: work, encoding: 'utf8' });
const release = (to: string) => script('release.ts', '--files', work, '--out', to, '--url', `${URL_OF_IT}/`);
const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0;
const versionOf = (program: string): string =>
  spawnSync(program, ['--version'], { env: { PATH: process.env.PATH, HOME: work }, encoding: 'utf8' }).stdout;

beforeAll(() => {
  for (const { status, stderr } of [script('binary.ts', '--out', work), release(out)])
    expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('every file has its sum, and nothing else is there', () => {
  const { status, stdout } = spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' });
  expect(status).toBe(0);
  const summed = stdout.split('\n').flatMap((line) => line.split(':')[0] || []);
  const provenance = 'provenance.intoto.json';
  const others = ['SHA256SUMS', `${name}.sha256`];
  expect([...summed, ...others, provenance].sort()).toEqual(readdirSync(out).sort());
  const { subject } = JSON.parse(readFileSync(join(out, provenance), 'utf8'));
  expect(subject.map((one: { name: string }) => one.name)).toEqual([...summed, ...others].sort());
  expect(summed).toEqual(expect.arrayContaining([name, 'CHANGELOG.md', 'Containerfile', 'install.sh']));
});

test('the list of what is in it has each package of the program by its version', () => {
  const { components } = JSON.parse(readFileSync(join(out, 'sbom.cdx.json'), 'utf8')) as {
    components: { version: string; purl: string }[];
  };
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const listed = Object.fromEntries(components.map((one) => [decodeURIComponent(one.purl), one.version]));
  for (const [one, version] of Object.entries(dependencies)) {
    // An alias says itself what it stands for
    const what = /^npm:(.+)$/.exec(version)?.[1] ?? `${one}@${version}`;
    expect(listed).toHaveProperty([`pkg:npm/${what}`]);
  }
  expect(JSON.stringify(components)).not.toContain('vitest');
});

test('the formula loads a file from where the release says, by its sum', () => {
  const formula = readFileSync(join(out, 'entangle.rb'), 'utf8');
  const [sum] = readFileSync(join(out, 'SHA256SUMS'), 'utf8')
    .split('\n')
    .filter((line) => line.endsWith(` ${name}`));
  expect(formula).toContain(`url "${URL_OF_IT}/${name}"\n      sha256 "${sum?.slice(0, 64)}"`);
  if (has('ruby')) expect(spawnSync('ruby', ['-c', join(out, 'entangle.rb')]).status).toBe(0);
});

test.runIf(has('dpkg-deb') && has('dpkg') && process.getuid?.() === 0)(
  'the Debian package is installed, runs, has its manual, and is gone when it is removed',
  () => {
    const system = join(work, 'system');
    mkdirSync(join(system, 'var/lib/dpkg/updates'), { recursive: true });
    mkdirSync(join(system, 'var/lib/dpkg/info'));
    writeFileSync(join(system, 'var/lib/dpkg/status'), '');
    const [file] = readdirSync(out).filter((one) => one.endsWith('.deb'));
    const dpkg = (...args: string[]) =>
      spawnSync('dpkg', [`--root=${system}`, '--force-depends', ...args]).status;
    expect(dpkg('-i', join(out, file!))).toBe(0);
    expect(versionOf(join(system, 'usr/bin/entangle'))).toMatch(/^entangle\/\d/);
    expect(existsSync(join(system, 'usr/share/man/man1/entangle-up.1.gz'))).toBe(true);
    expect(dpkg('-r', 'entangle')).toBe(0);
    expect(existsSync(join(system, 'usr/bin/entangle'))).toBe(false);
  },
);

test('what install.sh puts in place from it runs', () => {
  const to = join(work, 'bin');
  const { status } = spawnSync('sh', [join(out, 'install.sh'), '--to', to]);
  expect(status).toBe(0);
  expect(versionOf(join(to, 'entangle'))).toMatch(/^entangle\/\d/);
});

test('changes stand by topic, newest first; what has no topic is left out', () => {
  const text = changelogText('1.2.0', '2026-11-28', ['up: b', 'Merge x', 'acp: c', 'up: a', '']);
  expect(text).toBe('# entangle 1.2.0 (2026-11-28)\n\n## acp\n\n- c\n\n## up\n\n- b\n- a\n');
});

test.runIf(process.env.SLOW === '1')('made twice of one commit, every file has the same bytes', () => {
  const again = join(work, 'again');
  expect(release(again).status).toBe(0);
  for (const file of ['SHA256SUMS', 'provenance.intoto.json'])
    expect(readFileSync(join(again, file), 'utf8')).toBe(readFileSync(join(out, file), 'utf8'));
});

test.runIf(process.env.SLOW === '1')('npm installs its package for everybody, and it runs', () => {
  const prefix = join(work, 'npm');
  const [file] = readdirSync(out).filter((one) => one.endsWith('.tgz'));
  cpSync(join(out, file!), join(work, file!));
  const { status } = spawnSync('npm', ['i', '-g', '--prefix', prefix, join(work, file!)]);
  expect(status).toBe(0);
  expect(versionOf(join(prefix, 'bin/entangle'))).toMatch(/^entangle\/\d/);
});
