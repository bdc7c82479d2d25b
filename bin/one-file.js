// Where the one file begins that is Node and entangle (scripts/binary.ts); what it imports is in it, below this directory.
const { spawnSync } = process.getBuiltinModule('node:child_process');
const { lstatSync, mkdirSync } = process.getBuiltinModule('node:fs');
const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module');
const { constants, homedir } = process.getBuiltinModule('node:os');
const { join } = process.getBuiltinModule('node:path');
const { setFlagsFromString } = process.getBuiltinModule('node:v8');

const root = import.meta.dirname;
const args = process.argv.slice(2);

/** Compiled code is taken as it lies there, so it lies where nobody else can write. */
function cacheDirectory() {
  const directory = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'entangle', 'compiled');
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const { mode, uid } = lstatSync(directory);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);
    return isOwn && lstatSync(directory).isDirectory() ? directory : undefined;
  } catch {
    return undefined;
  }
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
  const { status, signal } = spawnSync(process.execPath, args, { env, stdio: 'inherit' });
  process.exitCode = status ?? 128 + constants.signals[signal];
} else if (Object.hasOwn(OWN_PROGRAMS, first)) {
  await OWN_PROGRAMS[first](words);
} else {
  const cache = cacheDirectory();
  if (cache !== undefined) enableCompileCache(cache);
  // As bin/start.js does, and for its reason
  setFlagsFromString('--wasm-tiering-budget=1000000000');
  const { main } = await import('./dist/cli/kit/main.js');
  await main(args, { root, commands: join(root, 'dist', 'commands'), extension: '.js' });
}
