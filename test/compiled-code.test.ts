/** Compiled code that is kept (`bin/code.js`): it is what runs, of the very text that it was made of, and its loss is none. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { root } from '../scripts/stamp.js';

let made: string;
let dist: string;
let place: string;
beforeEach(() => {
  made = mkdtempSync(join(tmpdir(), 'compiled-'));
  [dist, place] = [join(made, 'dist'), join(made, 'place')];
  for (const name of ['commands', 'chunks']) mkdirSync(join(dist, name), { recursive: true });
});
afterEach(() => rmSync(made, { recursive: true, force: true }));

/** As the build writes it; `key`: as if that had been its text. */
const write = (name: string, text: string, key = text): void =>
  writeFileSync(join(dist, name), `//${createHash('sha256').update(key).digest('hex')}\n${text}`);
const word = (value: string): string => `exports.word = () => '${value}';`;
const both =
  "const { word } = require('../chunks/a.js'); exports.word = () => word() + require('node:path').sep;";

/** Loads files one after another, each as what something begins with, and calls what the last one says. */
const said = (...names: string[]): string => ending(0, ...names);
const ending = (code: number, ...names: string[]): string => {
  const text = `
    const { loader } = require(${JSON.stringify(join(root, 'bin', 'code.js'))});
    const load = loader(${JSON.stringify(dist)}, ${JSON.stringify({ place, flags: 'any' })});
    const [last] = ${JSON.stringify(names)}.map((name) => load(require('node:path').join(${JSON.stringify(dist)}, name))).reverse();
    process.stdout.write(last.word());
    process.exitCode = ${code};`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', text], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([code, '']);
  return stdout;
};
const packs = (): string[] => {
  const directory = join(place, `${process.version}-${process.arch}-any`);
  return readdirSync(directory).map((name) => join(directory, name));
};
const packOf = (name: string): string => packs().find((path) => path.endsWith(`${name}.bin`))!;
const headOf = (pack: string) => JSON.parse(readFileSync(pack, 'latin1').split('\n')[0]!);
const keysIn = (pack: string): number => headOf(pack).lengths.length;

test('what was compiled is what runs, and only of the same text', () => {
  write('main.js', word('one'));
  expect(said('main.js')).toBe('one');
  write('main.js', word('two'), word('one'));
  expect(said('main.js')).toBe('one');
  write('main.js', word('two'));
  expect(said('main.js')).toBe('two');
  expect(keysIn(packOf('main.js'))).toBe(1);
});

test('what a command loads is one file beside that of what finds it, for its owner alone', () => {
  write('main.js', word('main'));
  write('chunks/a.js', word('a'));
  write('commands/b.js', both);
  expect(said('main.js', 'commands/b.js')).toBe('a/');
  expect(packs().map((path) => [keysIn(path), statSync(path).mode & 0o777])).toEqual([
    [2, 0o600],
    [1, 0o600],
  ]);
  expect(statSync(join(packs()[0]!, '..')).mode & 0o777).toBe(0o700);
});

test('three runs that did what they are for write it, and no further one', () => {
  write('main.js', word('main'));
  ending(7, 'main.js');
  expect(existsSync(place)).toBe(false);
  const runs = [0, 2, 0].map((code) => {
    ending(code, 'main.js');
    return headOf(packOf('main.js')).runs;
  });
  expect(runs).toEqual([1, 2, 3]);
  const { mtimeMs } = statSync(packOf('main.js'));
  said('main.js');
  expect(statSync(packOf('main.js')).mtimeMs).toBe(mtimeMs);
});

test('what is loaded now and then stays with the rest', () => {
  write('chunks/a.js', word('a'));
  write('main.js', "exports.word = () => 'main'");
  write('commands/b.js', 'exports.word = () => process.env.LATE ? require("../chunks/a.js").word() : "b"');
  process.env.LATE = '1';
  expect(said('commands/b.js')).toBe('a');
  delete process.env.LATE;
  // Written anew for another reason
  expect(said('commands/b.js', 'main.js')).toBe('main');
  expect(keysIn(packOf('commands.b.js'))).toBe(2);
});

test('a file that was cut off, or is none, is as if there were none, and is whole again', () => {
  write('main.js', word('one'));
  said('main.js');
  const { size } = statSync(packOf('main.js'));
  for (const bytes of [0, 1, 90, size / 2, size - 8]) {
    truncateSync(packOf('main.js'), bytes);
    expect(said('main.js')).toBe('one');
    expect(statSync(packOf('main.js')).size).toBe(size);
  }
  for (const junk of ['junk\n', 'null\n', '[[1,2]]\n', '[{"a":1}]\n'.repeat(20)]) {
    writeFileSync(packOf('main.js'), junk);
    expect(said('main.js')).toBe('one');
    expect(statSync(packOf('main.js')).size).toBe(size);
  }
});

test('a file that throws when it is loaded throws again', () => {
  write('chunks/a.js', "throw new Error('thrown');");
  const tried = "try { require('./chunks/a.js'); return 'loaded'; } catch (error) { return error.message; }";
  write('main.js', `const tried = () => { ${tried} }; exports.word = () => tried() + tried();`);
  expect(said('main.js')).toBe('thrownthrown');
});

test('what serves keeps it while it serves, and not at its end', () => {
  write('main.js', word('one'));
  const serves = (servedMs: number, rest: string) => {
    const text = `
      const { loader } = require(${JSON.stringify(join(root, 'bin', 'code.js'))});
      loader(${JSON.stringify(dist)}, ${JSON.stringify({ place, flags: 'any', servedMs })})(${JSON.stringify(join(dist, 'main.js'))});
      ${rest}`;
    expect(spawnSync(process.execPath, ['-e', text], { stdio: 'inherit' }).status).toBe(0);
  };
  serves(60_000, '');
  expect(existsSync(place)).toBe(false);
  const pack = join(place, `${process.version}-${process.arch}-any`, 'main.js.bin');
  serves(
    1,
    `setInterval(() => require('node:fs').existsSync(${JSON.stringify(pack)}) && process.exit(), 5);`,
  );
  expect(headOf(pack)).toMatchObject({ runs: 1 });
});

test('where nothing can be written, all runs as well', () => {
  write('main.js', word('one'));
  writeFileSync(place, '');
  expect(said('main.js')).toBe('one');
  expect(readFileSync(place, 'utf8')).toBe('');
});
