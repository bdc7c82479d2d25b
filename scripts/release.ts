/**
 * Makes everything that people install from: `release.ts [--out DIRECTORY] [--files DIRECTORY] [--url https://…]`, and
 * says where it comes from: `[--key FILE] [--source https://…] [--builder https://…] [--finished TIME]`.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { changelog } from './release/changelog.ts';
import { type Made, packageJson, type Release, run, sha256Of } from './release/context.ts';
import { debian } from './release/debian.ts';
import { homebrew } from './release/homebrew.ts';
import { image } from './release/image.ts';
import { billOfMaterials, npmPackage } from './release/packages.ts';
import { provenance } from './release/provenance.ts';
import { root } from './stamp.js';

const FILE = /^entangle-((?:linux|darwin|win32)-(?:x64|arm64))(?:\.exe)?$/;

const { values } = parseArgs({
  options: {
    ...{ out: { type: 'string' }, files: { type: 'string' }, url: { type: 'string' } },
    ...{ key: { type: 'string' }, source: { type: 'string' }, builder: { type: 'string' } },
    finished: { type: 'string' },
  },
});
const out = resolve(values.out ?? join(root, 'release'));
mkdirSync(out, { recursive: true });

/** One for each platform, made here unless they are there already. */
const platformFiles = (): Record<string, string> => {
  if (values.files === undefined) {
    const args = [join(root, 'scripts/binary.ts'), '--all', '--out', out];
    const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error('the files of the platforms could not be made');
  } else if (resolve(values.files) !== out) {
    for (const name of readdirSync(values.files).filter((one) => FILE.test(one)))
      for (const one of [name, `${name}.sha256`]) copyFileSync(join(values.files, one), join(out, one));
  }
  const found = readdirSync(out).flatMap((name) => {
    const platform = FILE.exec(name)?.[1];
    return platform === undefined ? [] : [[platform, name] as const];
  });
  if (found.length === 0) throw new Error(`no file of a platform is in ${values.files ?? out}`);
  return Object.fromEntries(found);
};

const release: Release = {
  ...packageJson(),
  ...{ out, files: platformFiles(), url: values.url?.replace(/\/$/, '') ?? null },
  at: Number(run('git', ['log', '-1', '--format=%ct']).trim()),
};

/** In this order: a Debian package has the changelog in it, and an image checks the sums. */
const parts: (Made | Made[])[] = [
  changelog(release),
  billOfMaterials(release),
  npmPackage(release),
  debian(release),
  await homebrew(release),
  image(release),
];
const made = parts.flat().flatMap((one) => ('file' in one ? [one.file] : []));
copyFileSync(join(root, 'scripts/install.sh'), join(out, 'install.sh'));
const summed = [...Object.values(release.files), ...made, 'install.sh'].sort();
const lines: string[] = [];
for (const name of summed) lines.push(`${await sha256Of(join(out, name))}  ${name}\n`);
writeFileSync(join(out, 'SHA256SUMS'), lines.join(''));
const sums = Object.values(release.files).map((name) => `${name}.sha256`);
const subjects = [...summed, 'SHA256SUMS', ...sums.filter((name) => existsSync(join(out, name)))];
const { key, source, builder, finished } = values;
const given = values.files !== undefined;
const stated = await provenance(release, subjects, { given, key, source, builder, finished });
for (const name of [...summed, 'SHA256SUMS', ...stated]) process.stdout.write(`${join(out, name)}\n`);
for (const one of parts.flat()) if ('leftOut' in one) process.stderr.write(`left out: ${one.leftOut}\n`);
