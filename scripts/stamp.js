// Plain JavaScript: setup.js imports it on whatever Node the machine has.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const filesBelow = (directory) =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });

/** sha256 over everything the build reads, by name and content: times of a checkout say nothing. */
export function sourceDigest() {
  const inputs = [
    ...filesBelow(join(root, 'src')).filter((path) => !/\.test\.tsx?$/.test(path)),
    ...filesBelow(join(root, 'scripts')),
    ...['package.json', 'package-lock.json'].map((name) => join(root, name)),
  ].sort();
  const hash = createHash('sha256');
  for (const path of inputs) {
    const name = relative(root, path).split(sep).join('/');
    hash.update(`${name}\0`).update(createHash('sha256').update(readFileSync(path)).digest());
  }
  return hash.digest('hex');
}

export const stampFile = join(root, 'dist', '.stamp');

export const isBuilt = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === sourceDigest();
