// Where the one file begins that is Node and entangle (scripts/binary.ts); what it imports is in it, below this directory.
const { spawnSync } = process.getBuiltinModule('node:child_process');
const { lstatSync, mkdirSync, realpathSync } = process.getBuiltinModule('node:fs');
const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module');
const { homedir } = process.getBuiltinModule('node:os');
const { dirname, isAbsolute, join } = process.getBuiltinModule('node:path');
const { setFlagsFromString } = process.getBuiltinModule('node:v8');

const root = import.meta.dirname;
const args = process.argv.slice(2);

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
  const { status, error } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  if (error) throw error;
  process.exitCode = status ?? 1;
}

/** Programs that belong to it, by their first word: those that others start. */
const OWN_PROGRAMS = {
  '@askpass': (words) => {
    process.argv.splice(2, Number.POSITIVE_INFINITY, ...words);
    return import('./dist/adapters/git/askpass-main.js');
  },
  // As `node -e` does
  '@eval': ([text, ...words]) => {
    process.argv.splice(1, Number.POSITIVE_INFINITY, ...words);
    new Function('require', text)(createRequire(import.meta.url));
  },
};

const [first = '', ...words] = args;
if (process.env.NODE_COMPILE_CACHE !== undefined) {
  // Node has read it already, and would run what anybody put there
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  startAgain(env);
} else if (Object.hasOwn(OWN_PROGRAMS, first)) {
  await OWN_PROGRAMS[first](words);
} else {
  const cache = cacheDirectory();
  if (cache !== undefined) enableCompileCache(cache);
  // As bin/start.js does, and for its reasons
  setFlagsFromString('--wasm-tiering-budget=1000000000');
  if (args[1] === 'serve') setFlagsFromString('--optimize-for-size');
  const { main } = await import('./dist/cli/kit/main.js');
  await main(args, { root, commands: join(root, 'dist', 'commands'), extension: '.js' });
}
