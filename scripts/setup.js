// Makes a fresh clone ready, then runs a script: `node scripts/setup.js [script [argument…]]`.
// Plain JavaScript, because the machine's own Node may be too old for everything else; the one in node_modules is not.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { isBuilt, root } from './stamp.js';

const say = (text) => process.stderr.write(`${text}\n`);

function stop(text) {
  say(text);
  process.exit(7);
}

const packagesOf = (path) => JSON.parse(readFileSync(path, 'utf8')).packages;

/** Compares versions, not times: a clone's files are always new. Optional packages depend on the platform. */
function isInstalled() {
  const hidden = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const installed = packagesOf(hidden);
  return Object.entries(packagesOf(join(root, 'package-lock.json'))).every(
    ([path, wanted]) => path === '' || wanted.optional || installed[path]?.version === wanted.version,
  );
}

function install() {
  say('entangle: installing the locked packages …');
  const npm = process.env.npm_execpath;
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = npm
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.status !== 0)
    stop('entangle: npm ci failed. Check the network or the registry setting, then try again.');
}

/** The Node of node_modules, or this one where none is packaged for the platform and this one is new enough. */
function findNode() {
  const packaged = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node');
  if (existsSync(packaged)) return packaged;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  const where = `${process.platform}-${process.arch}`;
  return stop(
    `entangle: no Node is packaged for ${where} and this one is ${process.version}. Install Node 24 or newer.`,
  );
}

function build(node) {
  say('entangle: building …');
  const done = spawnSync(node, [join(root, 'scripts', 'build.ts')], { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.status !== 0) stop('entangle: the build failed; its errors are above.');
}

/**
 * Hands over: same terminal, same signals, same exit code. Ctrl-C reaches the child without help, since a terminal
 * signals the whole group; a second SIGINT from here would make it leave without cleaning up.
 */
function run(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));
}

if (!isInstalled()) install();
const node = findNode();
const [script, ...rest] = process.argv.slice(2);
// check.ts builds by itself, beside its other steps.
if (script !== 'scripts/check.ts' && !isBuilt()) build(node);
if (script) run(node, [join(root, script), ...rest]);
