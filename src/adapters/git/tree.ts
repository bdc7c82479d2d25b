/** Trees of the store and directories of files: writing a commit out, taking a directory in. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import type { Committed, Principal } from '../../ports/index.ts';
import { hashFile } from '../system/hash-file.ts';
import { type FileHandle, pathBelow } from '../system/open-below.ts';
import { conversionProblems } from './attributes.ts';
import { type Collected, collect, ODD } from './collect.ts';
import { type CommitOptions, writeCommit } from './commit.ts';
import { isLink, isSubmodule, listTree, type TreeEntry } from './entries.ts';
import { COLLECT_LIMITS } from './limits.ts';
import { linkTargets, writeLinks } from './links.ts';
import { git } from './run.ts';
import { withScratch } from './store.ts';

/**
 * Writes the files of a commit into an empty directory: no links that lead out, no submodules, no conversion, no `.git` but
 * one with their index.
 */
export const writeTree = async (store: string, commit: string, directory: string): Promise<void> => {
  if (!isAbsolute(directory)) throw new EntangleError('invalid', 'the workspace path must be absolute');
  if ((await readdir(directory)).length > 0) {
    throw new EntangleError('conflict', 'the workspace directory is not empty');
  }
  const entries = await listTree(store, commit);
  requireShort(entries, directory);
  await mkdir(join(directory, '.git'), { mode: 0o700 });
  const env = { GIT_INDEX_FILE: join(directory, '.git/index'), GIT_WORK_TREE: directory };
  await git({ store, verb: 'read-tree', args: [commit], env });
  await git({ store, verb: 'checkout-index', args: ['--all', '--quiet'], cwd: directory, env });
  await writeLinks(store, entries, directory);
};

/** What no later try can write, said before git says the half of it. */
const requireShort = (entries: readonly TreeEntry[], directory: string): void => {
  const room = LONGEST.path - Buffer.byteLength(directory) - 1;
  const isLong = ({ raw }: TreeEntry): boolean =>
    raw.length > room || raw.split('/').some((part) => part.length > LONGEST.name);
  const long = entries.find(isLong);
  if (long)
    throw new EntangleError(
      'invalid',
      `the path ${JSON.stringify(long.path.slice(0, 100))}… is too long to be written here`,
    );
};
/** In bytes, as Linux has them. */
const LONGEST = { path: 4095, name: 255 };

/** Commits what an engine left in a directory; what cannot be taken is a problem, and the rest is committed all the same. */
export const commitDirectory = async (
  store: string,
  directory: string,
  principal: Principal,
  options: CommitOptions,
): Promise<Committed> => {
  const entries = await listTree(store, options.parent);
  const problems: EntangleError[] = [];
  const tree = await withScratch(store, (scratch) =>
    treeOf({ store, directory, scratch, entries, parent: options.parent, problems }),
  );
  // By what is in them: git writes trees of old tools anew, under another id
  const isSameTree = tree === null || rowsOf(await listTree(store, tree)) === rowsOf(entries);
  const commit = isSameTree ? null : await writeCommit(store, tree, principal, options);
  return { commit, problem: summed(problems) };
};

/** The first one, and how many more there are. */
const summed = ([first, ...more]: readonly EntangleError[]): EntangleError | null => {
  if (first === undefined || more.length === 0) return first ?? null;
  const { code, message, hint, details } = first;
  const others = more.length === 1 ? 'one more like it' : `${more.length} more like it`;
  return new EntangleError(code, `${message}, and ${others}`, {
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  });
};

type Taking = {
  store: string;
  directory: string;
  scratch: string;
  entries: readonly TreeEntry[];
  parent: string;
  problems: EntangleError[];
};

/** Null where all is as the parent has it. */
const treeOf = async (taking: Taking): Promise<string | null> => {
  const { store, scratch, entries, parent, problems } = taking;
  const files = join(scratch, 'files');
  await mkdir(files, { mode: 0o700 });
  const collected = await collectFiles(taking, files);
  problems.push(...collected.problems);
  if (await isUnchanged(entries, collected, files)) return null;
  const env = { GIT_INDEX_FILE: join(scratch, 'index'), GIT_WORK_TREE: files };
  const index = (rows: string) =>
    rows === ''
      ? ''
      : git({
          store,
          verb: 'update-index',
          args: ['-z', '--index-info'],
          cwd: files,
          env,
          input: Buffer.from(rows, 'latin1'),
        });
  await git({ store, verb: 'read-tree', args: [parent], env });
  // Where the index has a link, `add` would make one of any file: its text would be the target
  await index(entries.filter(isLink).map(removed).join(''));
  await git({ store, verb: 'add', args: ['--all', '--force', '--', '.'], cwd: files, env });
  await index((await keptRows(taking, collected, files)).join(''));
  await index((await linkRows(store, scratch, collected.links)).join(''));
  const write = async () => (await git({ store, verb: 'write-tree', args: [], env })).trim();
  const tree = await write();
  const undone = await unconverted(taking, files, tree);
  if (undone.length === 0) return tree;
  await index(undone.join(''));
  return write();
};

/** Whether the files that were copied are those of the parent, without asking git. Where there are links, git is asked. */
const isUnchanged = async (
  entries: readonly TreeEntry[],
  { files: copied, links, problems, untouched }: Collected,
  files: string,
): Promise<boolean> => {
  if (problems.length > 0 || links.size > 0 || entries.some(isLink)) return false;
  if (entries.some(({ isOdd, raw }) => isOdd && !untouched.has(raw))) return false;
  const plain = entries.filter((entry) => !entry.isOdd && !isSubmodule(entry));
  if (plain.length !== copied.size || !plain.every(({ raw }) => copied.has(raw))) return false;
  for (const entry of plain) {
    const file = await open(pathBelow(files, entry.raw));
    try {
      if (!(await isSame(entry, file))) return false;
    } finally {
      await file.close();
    }
  }
  return true;
};

const collectFiles = ({ store, directory, entries }: Taking, files: string): Promise<Collected> => {
  const tracked = new Map(entries.map((entry) => [entry.raw, entry]));
  return collect({
    store,
    from: directory,
    to: files,
    tracked,
    parents: directoriesOf(tracked.keys()),
    submodules: new Set(entries.filter(isSubmodule).map(({ raw }) => raw)),
    isUntouched: (raw, file) => isSame(tracked.get(raw)!, file),
    limits: COLLECT_LIMITS,
  });
};

const directoriesOf = (paths: Iterable<string>): Set<string> => {
  const all = new Set<string>();
  for (const path of paths) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) all.add(path.slice(0, at));
  }
  return all;
};

/** By the id that git gives to a content. */
const isSame = async ({ id, size, mode }: TreeEntry, file: FileHandle): Promise<boolean> => {
  const info = await file.stat();
  const isExecutable = (info.mode & 0o100) !== 0;
  if (!info.isFile() || info.size !== size || isExecutable !== (mode === '100755')) return false;
  const hash = createHash(id.length === 64 ? 'sha256' : 'sha1').update(`blob ${size}\0`);
  await hashFile(hash, file, size);
  return hash.digest('hex') === id;
};

const row = ({ mode, id, raw }: Pick<TreeEntry, 'mode' | 'id' | 'raw'>): string => `${mode} ${id}\t${raw}\0`;
const rowsOf = (entries: readonly TreeEntry[]): string => entries.map(row).join('');
const removed = ({ id, raw }: TreeEntry): string => `0 ${'0'.repeat(id.length)}\t${raw}\0`;

/** What no engine can touch stays as the parent has it: submodules, odd names, and links that were not written. */
const keptRows = async (taking: Taking, collected: Collected, files: string): Promise<string[]> => {
  const { store, entries, problems } = taking;
  const targets = await linkTargets(store, entries);
  const kept: TreeEntry[] = [];
  for (const entry of entries) {
    if (isSubmodule(entry)) kept.push(entry);
    else if (isLink(entry)) {
      const isFree = !collected.links.has(entry.raw) && !existsSync(pathBelow(files, entry.raw));
      if (targets.get(entry.raw) === null && isFree) kept.push(entry);
    } else if (entry.isOdd) {
      kept.push(entry);
      if (!collected.untouched.has(entry.raw)) problems.push(oddChange(entry));
    }
  }
  return kept.map(row);
};

const oddChange = ({ path }: TreeEntry): EntangleError =>
  new EntangleError(
    'invalid',
    `the workspace cannot be committed: ${JSON.stringify(path)} was changed, and ${ODD}`,
    {
      hint: 'keep such files as they are in a task, and change them in a clone of your own',
      details: [{ path }],
    },
  );

/** The objects of the links that are there, and their rows. */
const linkRows = async (
  store: string,
  scratch: string,
  links: ReadonlyMap<string, string>,
): Promise<string[]> => {
  if (links.size === 0) return [];
  const directory = join(scratch, 'links');
  await mkdir(directory);
  const paths = [...links.values()].map((_, i) => join(directory, String(i)));
  let i = 0;
  for (const target of links.values()) await writeFile(paths[i++]!, target);
  const args = ['-w', '--no-filters', '--stdin-paths'];
  const ids = (await git({ store, verb: 'hash-object', args, input: `${paths.join('\n')}\n` }))
    .trim()
    .split('\n');
  return [...links.keys()].map((raw, n) => row({ mode: '120000', id: ids[n]!, raw }));
};

/** Rows that take back what a conversion forbids. */
const unconverted = async (taking: Taking, files: string, tree: string): Promise<string[]> => {
  const { store, scratch, entries, problems } = taking;
  const before = new Map(entries.map((entry) => [entry.raw, entry]));
  const changed = (await listTree(store, tree)).filter(
    (entry) =>
      !isLink(entry) && !isSubmodule(entry) && !entry.isOdd && before.get(entry.raw)?.id !== entry.id,
  );
  const refused = await conversionProblems(
    scratch,
    files,
    changed.map(({ path }) => path),
  );
  problems.push(...refused.values());
  return changed
    .filter(({ path }) => refused.has(path))
    .map((entry) => {
      const old = before.get(entry.raw);
      return old ? row(old) : removed(entry);
    });
};
