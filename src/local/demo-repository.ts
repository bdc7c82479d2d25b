/** The throwaway repository of the tour: a small program, its tests, one of them failing. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { headCommit, makeBareRepository } from '../adapters/git/local.ts';
import { parseRemote } from '../core/source/remote.ts';

const FILES: Readonly<Record<string, string>> = {
  'README.md': '# greet\n\nSays hello. Run the tests with `bash test.sh`.\n',
  'greet.sh': 'greet() { echo "Hello, $1"; }\n',
  'test.sh': [
    '. ./greet.sh',
    'same() { [ "$1" = "$2" ] && echo "ok   $3" || { echo "FAIL $3: $1"; exit 1; }; }',
    'same "$(greet Ada)" "Hello, Ada!" "greets by name"',
    'same "$(greet)" "Hello, world!" "greets the world when nobody is named"',
    '',
  ].join('\n'),
};

/** What the demo's person asks; its engine is a shell, which runs the task as a script. */
export const DEMO_TASK = [
  '# Make greet() polite, and prove it with the repository’s own tests.',
  'echo \'greet() { [ $# = 0 ] && set world; echo "Hello, $1!"; }\' > greet.sh',
  'bash test.sh',
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
