/** What is in the one file beside Node: the build, and the packages that are not bundled into it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { root } from './stamp.js';

/** Packages whose code for a machine lies beside them. */
export const UNBUNDLED = ['fs-native-extensions', 'keytar'];
/** Packages of which the build has all but their WebAssembly. */
export const WITH_WASM = ['sql.js', 'tiny-secp256k1'];

/** Each file in the one file is looked at when it starts: of these packages only what the program loads. */
const USED: Readonly<Record<string, RegExp>> = {
  'fs-native-extensions': /^prebuilds\//,
  'sql.js': /^dist\/sql-wasm\.wasm$/,
  'tiny-secp256k1': /^lib\/secp256k1\.wasm$/,
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

/** Each script of the build, by its name below `dist`, and its text. */
export const builtScripts = (): [name: string, text: string][] =>
  filesBelow(join(root, 'dist'))
    .filter((name) => /^(?!\.).*\.js$/.test(name))
    .map((name) => [name, readFileSync(join(root, 'dist', name), 'latin1')]);

/**
 * Files that stand by themselves, by the name that each has inside. What the packages need in turn is bundled with them, or needed
 * to find an addon that lies at hand, and to compile one.
 */
export const assetsOf = (target: string): Record<string, string> => {
  const begin = ['bin/package.json', 'bin/start.js', 'bin/code.js'];
  const names = [...begin, 'package.json', 'oclif.manifest.json', 'dist/build.json', 'dist/help.txt'];
  for (const name of [...UNBUNDLED, ...WITH_WASM]) {
    const used = filesBelow(join(root, 'node_modules', name)).filter((file) => isUsed(name, file, target));
    names.push(...used.map((file) => `node_modules/${name}/${file}`));
  }
  return Object.fromEntries(names.map((name) => [name, join(root, name)]));
};
