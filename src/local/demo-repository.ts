/** The throwaway repository of the tour: a small program, its tests, one of them failing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headCommit, makeBareRepository } from '../adapters/git/local.ts';
import { parseRemote } from '../core/source/remote.ts';

const FILES: Readonly<Record<string, string>> = {
  'README.md': '# greet\n\nSays hello. Run the tests with `node --test`.\n',
  'greet.js': "exports.greet = (name) => 'Hello, ' + name;\n",
  'greet.test.js': [
    "const { test } = require('node:test');",
    "const assert = require('node:assert');",
    "const { greet } = require('./greet.js');",
    '',
    "test('greets by name', () => assert.equal(greet('Ada'), 'Hello, Ada!'));",
    "test('greets the world when nobody is named', () => assert.equal(greet(), 'Hello, world!'));",
    '',
  ].join('\n'),
};

/** What the demo's person asks; its engine is a shell, which runs the task as a script. */
export const DEMO_TASK = [
  '# Make greet() polite, and prove it with the repository’s own tests.',
  "printf '%s\\n' \"exports.greet = (name = 'world') => 'Hello, ' + name + '!';\" > greet.js",
  'node --test',
  '',
].join('\n');
/** A demo engine: no model, just a shell over the task file. */
export const DEMO_ENGINE = 'bash -e "$ENTANGLE_TASK_FILE"';
/** A shell command as the command of an engine. */
export const shellEngine = (command: string): string[] => ['bash', '-c', command];

/** Makes a bare remote with one commit on main below the directory; gives its URL. */
export const makeDemoRepository = async (directory: string): Promise<string> => {
  const remote = join(directory, 'remote.git');
  const files = join(directory, 'first-commit');
  mkdirSync(files, { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(files, name), text);
  await makeBareRepository(remote, files, 'A small program and its tests');
  return parseRemote(remote).url;
};

/** The commit a branch of the demo's remote stands at. */
export const headOfDemo = (remote: string, branch: string): Promise<string> =>
  headCommit(parseRemote(remote).path, branch);
