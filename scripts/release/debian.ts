/** Debian packages: the one file as /usr/bin/entangle, with its pages of the manual and its copyright. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../stamp.js';
import { type Made, type Release, run } from './context.ts';

/** By platform: Debian's name of the architecture. */
const ARCHITECTURES = { 'linux-x64': 'amd64', 'linux-arm64': 'arm64' } as const;

const controlOf = ({ version, description }: Release, architecture: string, kilobytes: number): string =>
  [
    'Package: entangle',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: entangle <entangle@entangle.invalid>',
    'Section: devel',
    'Priority: optional',
    // Whatever else a machine has of these is found when it is started: a keyring, a sandbox
    'Depends: ca-certificates, git, libatomic1, libc6 (>= 2.28), libgcc-s1, libstdc++6',
    'Recommends: bubblewrap, libsecret-1-0, openssh-client',
    `Installed-Size: ${kilobytes}`,
    `Description: ${description}`,
    '',
  ].join('\n');

const COPYRIGHT = (): string => readFileSync(join(root, 'LICENSE'), 'utf8');

/** Times of all that lies below: a package says nothing of when this machine made it. */
const stampAll = (path: string, at: number): void => {
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) stampAll(join(path, name), at);
  utimesSync(path, at, at);
};

const make = (release: Release, platform: keyof typeof ARCHITECTURES): string => {
  const { out, files, version, at } = release;
  const architecture = ARCHITECTURES[platform];
  const tree = mkdtempSync(join(tmpdir(), 'entangle-deb-'));
  const place = (...path: string[]): string => {
    mkdirSync(join(tree, ...path), { recursive: true, mode: 0o755 });
    return join(tree, ...path);
  };
  const manual = (name: string, bytes: Uint8Array) => writeFileSync(name, gzipSync(bytes, { level: 9 }));
  try {
    chmodSync(tree, 0o755);
    const program = join(place('usr', 'bin'), 'entangle');
    copyFileSync(join(out, files[platform]!), program);
    chmodSync(program, 0o755);
    const pages = place('usr', 'share', 'man', 'man1');
    for (const page of readdirSync(join(root, 'dist', 'man')))
      manual(join(pages, `${page}.gz`), readFileSync(join(root, 'dist', 'man', page)));
    const papers = place('usr', 'share', 'doc', 'entangle');
    writeFileSync(join(papers, 'copyright'), COPYRIGHT());
    manual(join(papers, 'changelog.gz'), readFileSync(join(out, 'CHANGELOG.md')));
    const size = Math.ceil(statSync(program).size / 1024);
    writeFileSync(join(place('DEBIAN'), 'control'), controlOf(release, architecture, size));
    stampAll(tree, at);
    const file = `entangle_${version}_${architecture}.deb`;
    const env = { ...process.env, SOURCE_DATE_EPOCH: String(at) };
    run('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z3', '--build', tree, join(out, file)], { env });
    return file;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
};

export const debian = (release: Release): Made[] => {
  if (spawnSync('dpkg-deb', ['--version']).status !== 0)
    return [{ leftOut: 'Debian packages: there is no dpkg-deb here' }];
  const platforms = Object.keys(ARCHITECTURES) as (keyof typeof ARCHITECTURES)[];
  return platforms
    .filter((platform) => release.files[platform] !== undefined)
    .map((platform) => ({ file: make(release, platform) }));
};
