'use strict';
const { dirname, join } = require('node:path');
const { loader, onDisk } = require('./code.js');

/**
 * Flags of V8, by what is run. Most have V8 refuse what Node has compiled of its own modules, so what a command asks for is loaded before (`OF_NODE`);
 * those of `ENDS` have not. `node:v8` takes as long to load as all that says a version, so that has none.
 * SQLite's two largest functions are not optimized, which would cost a short command a quarter of its processor time; what serves gets there.
 * A young generation that grows in one step copies less of what a command that opens a home loads, of which little dies young.
 * What serves is there for long, and mostly waits: it has no more memory than it needs.
 * Node waits at its end for threads that compile, and these for memory that only its main thread frees, which waits: a Host hung so,
 * and a `verify` (nodejs/node#54918). Nearly all that allocates while it compiles does so on the main thread. Maglev may be compiling when that is
 * said: it looks twice whether code is built in the background, and where the answers differ it wants what the flag before makes it do without, or V8 aborts.
 */
const SQLITE = '--wasm-tiering-budget=1000000000';
const ENDS = [
  '--no-concurrent-sparkplug',
  '--no-maglev-deopt-data-on-background',
  '--no-maglev-build-code-on-background',
];
const WIDE = '--semi-space-growth-factor=16';
const FLAGS = {
  serve: [SQLITE, ...ENDS, '--optimize-for-size'],
  user: [SQLITE, ...ENDS, WIDE],
  other: ENDS,
  version: [],
};
const VERSION = new Set(['--version', '-v', '-V', 'version']);
const USERS = new Set(['user', 'up', 'demo']);
/** What each of them asks of Node: compiled already in Node itself, which is taken as long as no flag is set. */
const WITH_HOME = ['node:crypto', 'node:fs/promises', 'node:http'];
const OF_NODE = { serve: WITH_HOME, user: WITH_HOME, other: [], version: [] };
/** Those of a command line. */
exports.flagsOf = (args) => FLAGS[kindOf(args)];
/** When what serves has called what it mostly calls. */
const SERVED_MS = 10_000;

const root = dirname(__dirname);
const dist = join(root, 'dist');
const kindOf = ([topic, verb]) => {
  if (verb === undefined && VERSION.has(topic)) return 'version';
  if (verb === 'serve') return 'serve';
  return USERS.has(topic) ? 'user' : 'other';
};

/**
 * `place`: of compiled code. Beside the code it is, and with its owner: in a shared temporary directory another user
 * could plant some. `files`: of the build.
 */
exports.start = (place = join(dist, '.cache'), files = onDisk) => {
  const args = process.argv.slice(2);
  const kind = kindOf(args);
  for (const name of OF_NODE[kind]) process.getBuiltinModule(name);
  for (const flag of FLAGS[kind]) require('node:v8').setFlagsFromString(flag);
  const main = join(dist, 'cli', 'kit', 'main.js');
  if (files.has(main)) {
    const load = loader(dist, {
      place,
      flags: kind,
      servedMs: kind === 'serve' ? SERVED_MS : undefined,
      files,
    });
    load(main).main(args, { root, commands: join(dist, 'commands'), extension: '.js', has: files.has, load });
  } else {
    process.stderr.write('entangle is not built here. Run `npm run build` in its folder.\n');
    process.exitCode = 7;
  }
};
