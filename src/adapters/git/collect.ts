/**
 * Copies what an engine left behind into a private directory, so that git never runs where an engine can write.
 * Regular files only, opened without following links; `.git` of any spelling is left out; everything is counted.
 */
import { constants } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { checkPath, isGitName } from '../../core/source/paths.ts';
import { runGit } from './run.ts';

export type CollectLimits = { entries: number; depth: number; bytes: number };
export const COLLECT_LIMITS: CollectLimits = { entries: 100_000, depth: 64, bytes: 512 * 1024 * 1024 };

type Found = { path: string; kind: 'file' | 'directory' | 'other' };
type Collect = {
  store: string;
  from: string;
  to: string;
  /** Paths of the parent commit: they stay in, even where .gitignore names them. */
  tracked: ReadonlySet<string>;
  /** Paths of submodules of the parent commit: nothing below them is looked at. */
  submodules: ReadonlySet<string>;
  limits: CollectLimits;
};

/** Fills `to` with the files of `from` that belong into a commit. */
export const collect = async (options: Collect): Promise<void> => {
  const parents = directoriesOf(options.tracked);
  const seen = { entries: 0, bytes: 0 };
  let level = [''];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > options.limits.depth) throw tooMuch('directories are nested too deeply');
    const found = await listLevel(options, level, seen);
    await prepare(options, found, seen);
    const ignored = await ignoredOf(options, found);
    const wanted = found.filter(
      (f) => !ignored.has(f.path) || options.tracked.has(f.path) || parents.has(f.path),
    );
    for (const entry of wanted) await take(options, entry, seen);
    level = wanted.filter((f) => f.kind === 'directory').map((f) => f.path);
  }
};

const tooMuch = (why: string): EntangleError =>
  new EntangleError('invalid', `the workspace cannot be committed: ${why}`, {
    hint: 'remove what was generated, or name it in .gitignore',
  });

const directoriesOf = (paths: ReadonlySet<string>): Set<string> => {
  const all = new Set<string>();
  for (const path of paths) {
    for (let at = path.indexOf('/'); at > 0; at = path.indexOf('/', at + 1)) all.add(path.slice(0, at));
  }
  return all;
};

const listLevel = async (options: Collect, level: string[], seen: { entries: number }): Promise<Found[]> => {
  const found: Found[] = [];
  for (const directory of level) {
    // A directory that was swapped for a link since it was listed leads to files that `open` below refuses
    const entries = await readdir(join(options.from, directory), { withFileTypes: true }).catch((cause) => {
      throw changed(directory, cause);
    });
    for (const entry of entries) {
      if (++seen.entries > options.limits.entries) throw tooMuch('it has too many files');
      if (isGitName(entry.name)) continue;
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (options.submodules.has(path)) continue;
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
      found.push({ path, kind });
    }
  }
  return found;
};

/** Directories and .gitignore files first: check-ignore looks at both, and only in our copy. */
const prepare = async (options: Collect, found: Found[], seen: { bytes: number }): Promise<void> => {
  for (const { path, kind } of found) {
    if (kind === 'directory' && isPlain(path)) await mkdir(join(options.to, path), { mode: 0o700 });
    if (kind === 'file' && /(?:^|\/)\.gitignore$/.test(path)) await copyFile(options, path, seen);
  }
};

const isPlain = (path: string): boolean => !/[\u0000-\u001f\u007f-\u009f\ufffd\\]/.test(path);

const ignoredOf = async (options: Collect, found: Found[]): Promise<Set<string>> => {
  const input = found.filter((f) => isPlain(f.path)).map((f) => `./${f.path}\0`);
  if (input.length === 0) return new Set();
  const result = await runGit({
    store: options.store,
    verb: 'check-ignore',
    args: ['--no-index', '-z', '--stdin'],
    cwd: options.to,
    env: { GIT_WORK_TREE: options.to },
    input: input.join(''),
    maxOutput: 64 * 1024 * 1024,
  });
  // 0: some are ignored, 1: none is
  if (result.code > 1) throw tooMuch('its .gitignore files could not be read');
  return new Set(result.stdout.split('\0').map((path) => path.slice(2)));
};

const take = async (options: Collect, entry: Found, seen: { bytes: number }): Promise<void> => {
  checkPath(entry.path);
  if (entry.kind === 'other') throw notRegular(entry.path);
  if (entry.kind === 'file' && !/(?:^|\/)\.gitignore$/.test(entry.path)) {
    await copyFile(options, entry.path, seen);
  }
};

/** Whatever still writes there after the turn. */
const changed = (path: string, cause: unknown): EntangleError =>
  new EntangleError('invalid', `the workspace cannot be committed: ${JSON.stringify(path)} changed`, {
    hint: 'stop what keeps writing after the turn has ended',
    cause,
  });

const notRegular = (path: string): EntangleError =>
  new EntangleError(
    'invalid',
    `the workspace cannot be committed: ${JSON.stringify(path)} is not a regular file`,
    {
      hint: 'remove the link, pipe, socket or device, or name it in .gitignore',
      details: [{ path }],
    },
  );

// O_NONBLOCK: a pipe put in place of the file must not make us wait for its other end
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const copyFile = async (options: Collect, path: string, seen: { bytes: number }): Promise<void> => {
  const source = await openBelow(options.from, path);
  try {
    const info = await source.stat();
    // A second name may lie outside of the workspace, in what the engine was not shown
    if (!info.isFile() || info.nlink > 1) throw notRegular(path);
    if (seen.bytes + info.size > options.limits.bytes) throw tooMuch('its files are too large');
    const target = await open(join(options.to, path), 'wx', 0o600);
    try {
      seen.bytes += await pour(source, target, options.limits.bytes - seen.bytes);
    } finally {
      await target.close();
    }
    await chmod(join(options.to, path), info.mode & 0o100 ? 0o700 : 0o600);
  } finally {
    await source.close();
  }
};

/** Opens a file through its directories one by one, so that no link on the way is followed. */
const openBelow = async (root: string, path: string): Promise<FileHandle> => {
  const parts = path.split('/');
  const name = parts.pop()!;
  let at = await open(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const part of parts) {
      const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
      const next = await open(`/proc/self/fd/${at.fd}/${part}`, flags);
      await at.close();
      at = next;
    }
    return await open(`/proc/self/fd/${at.fd}/${name}`, READ);
  } catch (cause) {
    throw changed(path, cause);
  } finally {
    await at.close();
  }
};

const pour = async (source: FileHandle, target: FileHandle, left: number): Promise<number> => {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let total = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return total;
    total += bytesRead;
    if (total > left) throw tooMuch('its files are too large');
    await target.writeFile(buffer.subarray(0, bytesRead));
  }
};
