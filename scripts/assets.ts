/** What is in the one file beside Node: the build, and the packages that are not bundled into it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { root } from './stamp.js';

/** Packages whose code for a machine lies beside them. */
export const UNBUNDLED = ['fs-native-extensions', 'keytar'];
/** Packages that load WebAssembly from beside themselves, and that file: the build has it beside its own. */
export const WASM = { 'sql.js': 'dist/sql-wasm.wasm', 'tiny-secp256k1': 'lib/secp256k1.wasm' } as const;
export const WITH_WASM = Object.keys(WASM);

/** Each file in the one file is looked at when it starts: of a package only what the program loads. */
const isUsed = (name: string, file: string, target: string): boolean => {
  if (name === 'fs-native-extensions' && !file.startsWith('prebuilds/')) return false;
  if (file.startsWith('prebuilds/')) return file.startsWith(`prebuilds/${target}/`) && file.endsWith('.node');
  return /\.(?:c|m)?js$|^package\.json$/.test(file);
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
  for (const file of Object.values(WASM)) names.push(`dist/${basename(file)}`);
  for (const name of UNBUNDLED) {
    const used = filesBelow(join(root, 'node_modules', name)).filter((file) => isUsed(name, file, target));
    names.push(...used.map((file) => `node_modules/${name}/${file}`));
  }
  return Object.fromEntries(names.map((name) => [name, join(root, name)]));
};
