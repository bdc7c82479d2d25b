/**
 * Conversions that a repository asks for and entangle does not run: what came unconverted must not go back converted, nor
 * the other way. Git LFS, git-crypt and the like would else have their contents committed raw.
 */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { gitFailed } from './failure.ts';
import { runGit } from './run.ts';

const POINTER = 'version https://git-lfs.github.com/spec/';
const POINTER_BYTES = 1024;
const ASKED = ['filter', 'working-tree-encoding'];

/** Why some of these changed files, as they lie below `files`, cannot be committed, by path. */
export const conversionProblems = async (
  scratch: string,
  files: string,
  paths: readonly string[],
): Promise<Map<string, EntangleError>> => {
  const problems = new Map<string, EntangleError>();
  if (paths.length === 0) return problems;
  // A directory of git without the store's own attributes, which switch all of this off
  const plain = join(scratch, 'attributes.git');
  for (const name of ['objects', 'refs']) await mkdir(join(plain, name), { recursive: true });
  await writeFile(join(plain, 'HEAD'), 'ref: refs/heads/none\n');
  const result = await runGit({
    store: plain,
    verb: 'check-attr',
    args: ['-z', '--stdin', ...ASKED],
    cwd: files,
    env: { GIT_WORK_TREE: files },
    input: paths.map((path) => `${path}\0`).join(''),
    maxOutput: 64 * 1024 * 1024,
  });
  if (result.code !== 0) throw gitFailed('check-attr', result);
  const words = result.stdout.split('\0');
  for (let i = 0; i + 2 < words.length; i += 3) {
    const [path, name, value] = words.slice(i, i + 3) as [string, string, string];
    if (value === 'unspecified' || value === 'unset' || value === 'set') continue;
    const fault =
      name === 'filter' ? await filterFault(files, path, value) : await encodingFault(files, path, value);
    if (fault) problems.set(path, problemOf(path, fault));
  }
  return problems;
};

const problemOf = (path: string, why: string): EntangleError =>
  new EntangleError('invalid', `the workspace cannot be committed: ${JSON.stringify(path)} ${why}`, {
    hint: 'keep such files as they are in a task, and change them in a clone of your own',
    details: [{ path }],
  });

const filterFault = async (files: string, path: string, filter: string): Promise<string | null> => {
  if (filter !== 'lfs') return `goes through the filter "${filter}", which is not run here`;
  const { size } = await stat(join(files, path));
  if (size === 0) return null;
  const isPointer = size < POINTER_BYTES && (await readFile(join(files, path), 'latin1')).startsWith(POINTER);
  return isPointer ? null : 'is stored by Git LFS, and would be committed raw';
};

const encodingFault = async (files: string, path: string, encoding: string): Promise<string | null> => {
  const bytes = await readFile(join(files, path));
  const isUtf8 = Buffer.from(bytes.toString('utf8')).equals(bytes);
  return isUtf8 ? null : `is UTF-8 in the repository (${encoding} only in a checkout), and is not any more`;
};
