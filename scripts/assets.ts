/** What is in the one file beside Node: the build, and the packages that are not bundled into it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { root } from './stamp.js';

/** Packages that load files beside themselves, or are large and wanted by few commands. */
export const UNBUNDLED = ['fs-native-extensions', 'keytar', 'sql.js', 'tiny-secp256k1'];

/** Each file in the one file is looked at when it starts: of these packages only what the program loads. */
const USED: Readonly<Record<string, RegExp>> = {
  'fs-native-extensions': /^prebuilds\//,
  'sql.js': /^(?:package\.json|dist\/sql-wasm\.(?:js|wasm))$/,
  'tiny-secp256k1': /^(?:package\.json|lib\/cjs\/.*|lib\/secp256k1\.wasm)$/,
};
const isUsed = (name: string, file: string, target: string): boolean => {
  if (USED[name]?.test(file) === false) return false;
  if (file.startsWith('prebuilds/')) return file.startsWith(`prebuilds/${target}/`) && file.endsWith('.node');
  return /\.(?:c|m)?js$|\.wasm$|^package\.json$/.test(file);
};

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(directory, name)).isFile())
    .map((name) => name.split(sep).join('/'))
    .sort();

/** What their own packages are needed for is done without: to find an addon that lies at hand, and to compile one. */
const ALONE = ['fs-native-extensions', 'keytar'];

/** With all that they need in turn. */
const withDependencies = (names: readonly string[]): string[] => {
  const found = new Set(names);
  for (const name of found) {
    if (ALONE.includes(name)) continue;
    const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
    for (const other of Object.keys(JSON.parse(text).dependencies ?? {})) found.add(other);
  }
  return [...found].sort();
};

/** Each script of the build, by its name below `dist`, and its text. */
export const builtScripts = (): [name: string, text: string][] =>
  filesBelow(join(root, 'dist'))
    .filter((name) => /^(?!\.).*\.js$/.test(name))
    .map((name) => [name, readFileSync(join(root, 'dist', name), 'latin1')]);

/** Files that stand by themselves, by the name that each has inside. */
export const assetsOf = (target: string): Record<string, string> => {
  const begin = ['bin/package.json', 'bin/start.js', 'bin/code.js'];
  const names = [...begin, 'package.json', 'oclif.manifest.json', 'dist/build.json', 'dist/help.txt'];
  for (const name of withDependencies(UNBUNDLED)) {
    const used = filesBelow(join(root, 'node_modules', name)).filter((file) => isUsed(name, file, target));
    names.push(...used.map((file) => `node_modules/${name}/${file}`));
  }
  return Object.fromEntries(names.map((name) => [name, join(root, name)]));
};
