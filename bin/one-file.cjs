// Where the one file begins that is Node and entangle (scripts/binary.ts); what it imports is in it, below this directory.
'use strict';
const { lstatSync, mkdirSync, realpathSync } = require('node:fs');
const { createRequire } = require('node:module');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join, relative, sep } = require('node:path');
const { getRawAsset } = require('node:sea');

const root = __dirname;
const dist = join(root, 'dist');
const args = process.argv.slice(2);

/** The build lies in one piece (`packTexts`): Node looks at each file that stands by itself when it starts. */
function builtFiles() {
  const bytes = Buffer.from(getRawAsset('build.pack'));
  const start = bytes.indexOf('\n') + 1;
  const places = new Map(Object.entries(JSON.parse(bytes.latin1Slice(0, start))));
  const nameOf = (path) => relative(dist, path).replaceAll(sep, '/');
  const read = (path) => {
    const [from, length] = places.get(nameOf(path));
    return bytes.latin1Slice(start + from, start + from + length);
  };
  return { has: (path) => places.has(nameOf(path)), read };
}

/** Nobody else can put another one in its place; in a directory such as /tmp only who made one can. */
function isHeld(directory) {
  const { mode, uid } = lstatSync(directory);
  const isOurs = process.getuid === undefined || uid === process.getuid() || uid === 0;
  if (!isOurs || ((mode & 0o022) !== 0 && (mode & 0o1000) === 0)) return false;
  return dirname(directory) === directory || isHeld(dirname(directory));
}

/** Compiled code is taken as it lies there, so it lies where nobody else can write or look. */
function cacheDirectory() {
  const given = process.env.XDG_CACHE_HOME ?? '';
  const place = isAbsolute(given) ? given : join(homedir(), '.cache');
  const directory = join(place, 'entangle', 'compiled');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const isLink = lstatSync(directory).isSymbolicLink();
    const real = realpathSync(directory);
    return !isLink && (lstatSync(real).mode & 0o077) === 0 && isHeld(real) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** As the same process where the system can, so that signals and its end are its own. */
function startAgain(env) {
  if (process.platform !== 'win32') process.execve(process.execPath, [process.execPath, ...args], env);
  const { status, error } = require('node:child_process').spawnSync(process.execPath, args, {
    env,
    stdio: 'inherit',
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
}

/** Programs that belong to it, by their first word: those that others start. */
const OWN_PROGRAMS = {
  '@askpass': (words) => {
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
    require('./bin/code.js').loader(dist, { files: builtFiles() })(
      join(dist, 'adapters', 'git', 'askpass-main.js'),
    );
  },
  // As `node -e` does
  '@eval': ([text, ...words]) => {
    process.argv.splice(1, Number.POSITIVE_INFINITY, ...words);
    new Function('require', text)(createRequire(join(root, 'any.js')));
  },
};

const [first = '', ...words] = args;
if (process.env.NODE_COMPILE_CACHE !== undefined) {
  // Node has read it already, and would run what anybody put there
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  startAgain(env);
} else if (Object.hasOwn(OWN_PROGRAMS, first)) {
  OWN_PROGRAMS[first](words);
} else {
  require('./bin/start.js').start(cacheDirectory(), builtFiles());
}
