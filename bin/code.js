'use strict';
/**
 * Runs files of the build together with what V8 compiled of them before. Node keeps of a file what is compiled when it is
 * loaded; this keeps each function that a command called as well, and reads all of it as one file a command.
 */
const { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire, enableCompileCache, isBuiltin } = require('node:module');
const { dirname, join, relative } = require('node:path');
const { Script } = require('node:vm');

/** A file begins with what it has of its own in its first line (`scripts/build.ts`): V8 itself compares only how long a text is. */
const KEY = /^\/\/([0-9a-f]{64})\n/;
const HEAD = '(function (exports, require, module, __filename, __dirname) {';

/** V8 copies what does not lie at a multiple of so many bytes. */
const ALIGNED = 8;
const alignedUp = (bytes) => Math.ceil(bytes / ALIGNED) * ALIGNED;

/** A command does not call all that it has when it runs first: what further runs called is kept as well, but not for ever. */
const RUNS = 3;
/** Exit codes of a command that did what it is for; one that failed at once called little of that. */
const DONE = [0, 2];

/** Compiled code as one file has it: a line of JSON with how many runs made it and how long each part is, and all parts. */
const readPack = (file) => {
  const parts = new Map();
  try {
    const bytes = readFileSync(file);
    let at = bytes.indexOf('\n') + 1;
    const { runs, lengths } = JSON.parse(bytes.toString('latin1', 0, at));
    for (const [key, length] of lengths) {
      parts.set(key, bytes.subarray(at, at + length));
      at += alignedUp(length);
    }
    return { runs, parts };
  } catch {
    // Nothing is there, or nothing of use: it is written when the command has run
    return { runs: 0, parts };
  }
};

const NONE = { runs: 0, parts: new Map() };

/** Where files of the build are, but for the one file; the build wrote ASCII. */
const onDisk = { has: existsSync, read: (file) => readFileSync(file, 'latin1') };
exports.onDisk = onDisk;

const madeNow = ({ scripts }) => [...scripts].map(([key, script]) => [key, script.createCachedData()]);
/** The same, with the event loop free between two of them. */
const madeInTurns = async ({ scripts }) => {
  const made = [];
  for (const [key, script] of scripts) {
    await new Promise(setImmediate);
    made.push([key, script.createCachedData()]);
  }
  return made;
};

/** What was not loaded this time stays as it was. */
const writePack = ({ file, runs, parts: before }, made) => {
  const parts = [...new Map([...before, ...made])];
  const lengths = parts.map(([key, { length }]) => [key, length]);
  const line = JSON.stringify({ runs: Math.min(runs, RUNS) + 1, lengths });
  const padded = parts.map(([, data]) => Buffer.concat([data], alignedUp(data.length)));
  const next = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const head = Buffer.from(`${line.padEnd(alignedUp(line.length + 1) - 1)}\n`);
    writeFileSync(next, Buffer.concat([head, ...padded]), { mode: 0o600 });
    renameSync(next, file);
  } catch {
    // Where nothing can be written, it is compiled each time
  }
};

/**
 * What loads files of the build below a directory, and all that they ask for. `place`: of compiled code, which is taken as it
 * lies there, so that nobody else may write it; undefined: none is kept. `flags`: a word for those of V8 that this process has.
 * What serves keeps it after so many milliseconds, `servedMs`, and not at its end: V8 may be optimizing then, and where that waits
 * for memory that only an event loop would free, the process would never end.
 */
exports.loader = (directory, { place, flags, servedMs, files = onDisk } = {}) => {
  const versions = `${process.version}-${process.arch}-${flags}`;
  const modules = new Map();
  const packs = [];
  let isOld = false;
  let others;

  const keepLater = () => {
    if (servedMs === undefined)
      process.on('exit', (code) => {
        if (isOld && DONE.includes(code)) for (const pack of packs) writePack(pack, madeNow(pack));
      });
    else
      setTimeout(async () => {
        if (isOld) for (const pack of packs) writePack(pack, await madeInTurns(pack));
      }, servedMs).unref();
  };

  const requireOther = (name) => {
    if (isBuiltin(name)) return require(name);
    if (others === undefined && place !== undefined) enableCompileCache(place);
    others ??= createRequire(join(directory, 'any.js'));
    return others(name);
  };

  const compiled = (file, text) => {
    const [, key] = KEY.exec(text);
    const { parts, scripts } = packs.at(-1);
    // Another build of what it begins with: nothing of the old one is asked for again
    if (scripts.size === 0 && !parts.has(key)) parts.clear();
    const cachedData = parts.get(key);
    const script = new Script(`${HEAD}${text}\n})`, { filename: file, ...(cachedData && { cachedData }) });
    scripts.set(key, script);
    if (cachedData === undefined || script.cachedDataRejected) isOld = true;
    return script.runInThisContext();
  };

  const load = (file) => {
    const known = modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    const here = dirname(file);
    const require = (name) => (/^\.\.?\//.test(name) ? load(join(here, name)) : requireOther(name));
    const run = compiled(file, files.read(file));
    run.call(module.exports, module.exports, require, module, file, here);
    // Not before: what threw is thrown again, and no file of the build asks for one that asks for it
    modules.set(file, module);
    return module.exports;
  };

  /** With a file that something begins with, a command for one, begins a file of compiled code. */
  return (path) => {
    const file = join(place ?? '', versions, `${relative(directory, path).replaceAll(/[\\/]/g, '.')}.bin`);
    const pack = { file, scripts: new Map(), ...(place === undefined ? NONE : readPack(file)) };
    isOld ||= pack.runs < RUNS;
    if (packs.push(pack) === 1 && place !== undefined) keepLater();
    return load(path);
  };
};
