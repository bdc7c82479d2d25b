/**
 * Copies what an engine left behind into a private directory, so that git never runs where an engine can write.
 * Regular files only, opened without following links; `.git` of any spelling is left out. All of it is counted before any
 * of it is copied, but for directories and what their `.gitignore` files leave out. What cannot be taken is named, and the
 * rest is taken all the same: nothing that a turn made is thrown away, but for what is beyond any workspace.
 */
import { constants } from 'node:fs';
import { chmod, mkdir, open } from 'node:fs/promises';
import { EntangleError } from '../../core/errors.ts';
import { isGitName } from '../../core/source/paths.ts';
import { type FileHandle, linkBelow, listBelow, openBelow, pathBelow } from '../system/open-below.ts';
import { entryName } from './entries.ts';
import type { CollectLimits } from './limits.ts';
import { leadsInside } from './links.ts';
import { runGit } from './run.ts';

/** Paths are raw: one character for each byte. */
type Found = { raw: string; kind: 'file' | 'directory' | 'link' | 'other' };
export type Collect = {
  store: string;
  from: string;
  to: string;
  /** Paths of the parent commit: they stay in, even where .gitignore names them. */
  tracked: { has(raw: string): boolean };
  /** Those of its directories. */
  parents: ReadonlySet<string>;
  /** Those of its submodules: nothing may be below them. */
  submodules: ReadonlySet<string>;
  /** Whether an odd name of the parent has this content, and so was not touched. */
  isUntouched(raw: string, file: FileHandle): Promise<boolean>;
  limits: CollectLimits;
};
export type Collected = {
  /** Those that were copied, whole or in part. */
  files: Set<string>;
  /** Targets of symbolic links by path. */
  links: Map<string, string>;
  /** Odd names of the parent that are there as they were. */
  untouched: Set<string>;
  problems: EntangleError[];
};
type Seen = Collected & { entries: number; names: number; bytes: number; over: boolean };

/** Fills `to` with the files of `from` that belong into a commit. */
export const collect = async (options: Collect): Promise<Collected> => {
  const seen: Seen = {
    files: new Set(),
    links: new Map(),
    untouched: new Set(),
    problems: [],
    entries: 0,
    names: 0,
    bytes: 0,
    over: false,
  };
  const wanted: Found[] = [];
  let level = [''];
  for (let depth = 0; level.length > 0 && !seen.over; depth++) {
    if (depth > options.limits.depth) {
      seen.problems.push(tooMuch('directories are nested too deeply'));
      break;
    }
    const found = await listLevel(options, level, seen);
    await prepare(options, found, seen);
    const ignored = await ignoredOf(options, found);
    const here = found.filter(({ raw }) => !ignored.has(raw));
    for (const entry of here) wanted.push(entry);
    level = here.filter((f) => f.kind === 'directory').map((f) => f.raw);
  }
  const taken = seen.over ? someOf(options, wanted) : wanted;
  for (const entry of taken) await attempt(seen, () => take(options, entry, seen));
  return seen;
};

/** What the parent has, directories too, and some of what it has not. */
const someOf = ({ tracked, parents, limits }: Collect, wanted: readonly Found[]): Found[] => {
  let others = 0;
  return wanted.filter(({ raw }) => tracked.has(raw) || parents.has(raw) || others++ < limits.some);
};

/** A refusal is kept, and the rest goes on; what is no refusal of ours ends it all. */
const attempt = async (seen: Seen, work: () => Promise<void>): Promise<void> => {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EntangleError)) throw error;
    seen.problems.push(error);
  }
};

const tooMuch = (why: string): EntangleError =>
  new EntangleError('invalid', `the workspace cannot be committed: ${why}`, {
    hint: 'remove what was generated, or name it in .gitignore',
  });

const listLevel = async (options: Collect, level: string[], seen: Seen): Promise<Found[]> => {
  const found: Found[] = [];
  for (const directory of level)
    await attempt(seen, async () => {
      for await (const { name, kind } of counted(options, directory, seen)) {
        if (isGitName(Buffer.from(name, 'latin1').toString('utf8'))) continue;
        const raw = directory === '' ? name : `${directory}/${name}`;
        if (!options.submodules.has(raw)) found.push({ raw, kind });
        else await attempt(seen, () => checkSubmodule(options, { raw, kind }, seen));
      }
    });
  return found;
};

/** Nothing an engine filled is listed but through this; where there is too much, it ends. */
async function* counted(options: Collect, directory: string, seen: Seen) {
  if (seen.over) return;
  for await (const entry of entriesOf(options.from, directory)) {
    seen.entries += 1;
    seen.names += directory.length + entry.name.length;
    if (isOver(options.limits, seen)) return;
    yield entry;
  }
}

/** Said once; what comes after it is not looked at. */
const isOver = (limits: CollectLimits, seen: Seen): boolean => {
  const isMany = seen.entries > limits.entries;
  if (!seen.over && (isMany || seen.names > limits.names)) {
    seen.over = true;
    seen.problems.push(tooMuch(isMany ? 'it has too many files' : 'its names are too long'));
  }
  return seen.over;
};

/** One by one: a directory may have more entries than memory has room for. */
async function* entriesOf(root: string, directory: string) {
  try {
    for await (const entry of listBelow(root, directory)) {
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
      yield { name: entry.name, kind: entry.isSymbolicLink() ? 'link' : kind } as const;
    }
  } catch (cause) {
    throw changed(directory, cause);
  }
}

const checkSubmodule = async (options: Collect, { raw, kind }: Found, seen: Seen): Promise<void> => {
  const full = () => refused(raw, 'is a submodule, whose files are not here and cannot be committed');
  if (kind !== 'directory') throw full();
  for await (const { name } of counted(options, raw, seen)) if (!isGitName(name)) throw full();
};

/** Directories and .gitignore files first: check-ignore looks at both, and only in our copy. */
const prepare = async (options: Collect, found: Found[], seen: Seen): Promise<void> => {
  for (const { raw, kind } of found) {
    if (entryName(raw).isOdd) continue;
    if (kind === 'directory') await mkdir(pathBelow(options.to, raw), { mode: 0o700 });
    if (kind === 'file' && isIgnoreFile(raw)) await attempt(seen, () => copyFile(options, raw, seen));
  }
};

const isIgnoreFile = (raw: string): boolean => /(?:^|\/)\.gitignore$/.test(raw);

/** What the parent has stays in, and is not asked about. */
const ignoredOf = async (options: Collect, found: Found[]): Promise<Set<string>> => {
  const { tracked, parents } = options;
  const input = found
    .filter(({ raw }) => !tracked.has(raw) && !parents.has(raw) && !entryName(raw).isOdd)
    .map(({ raw }) => `./${raw}\0`);
  if (input.length === 0) return new Set();
  const result = await runGit({
    store: options.store,
    verb: 'check-ignore',
    args: ['--no-index', '-z', '--stdin'],
    cwd: options.to,
    env: { GIT_WORK_TREE: options.to },
    input: Buffer.from(input.join(''), 'latin1'),
    maxOutput: 64 * 1024 * 1024,
  });
  // 0: some are ignored, 1: none is
  if (result.code > 1) throw tooMuch('its .gitignore files could not be read');
  return new Set(
    result.bytes
      .toString('latin1')
      .split('\0')
      .map((raw) => raw.slice(2)),
  );
};

const take = async (options: Collect, { raw, kind }: Found, seen: Seen): Promise<void> => {
  if (kind === 'directory')
    return entryName(raw).isOdd && !options.parents.has(raw) ? oddName(raw) : undefined;
  if (entryName(raw).isOdd) return takeOdd(options, raw, kind, seen);
  if (kind === 'other') throw refused(raw, 'is not a regular file');
  if (kind === 'link') return takeLink(options, raw, seen);
  if (!isIgnoreFile(raw)) await copyFile(options, raw, seen);
};

export const ODD = 'has control characters, a backslash or bytes that are not UTF-8 in its name';
const oddName = (raw: string): never => {
  throw refused(raw, ODD);
};

/** A name that is not safe everywhere stays as the parent has it; whether it was touched is judged by who has the tree. */
const takeOdd = async (options: Collect, raw: string, kind: Found['kind'], seen: Seen): Promise<void> => {
  if (!options.tracked.has(raw)) return oddName(raw);
  if (kind !== 'file') return;
  const file = await openBelow(options.from, raw).catch((cause) => {
    throw changed(raw, cause);
  });
  try {
    if (await options.isUntouched(raw, file)) seen.untouched.add(raw);
  } finally {
    await file.close();
  }
};

const takeLink = async (options: Collect, raw: string, seen: Seen): Promise<void> => {
  const target = await linkBelow(options.from, raw).catch((cause) => {
    throw changed(raw, cause);
  });
  if (!leadsInside(entryName(raw).path, target))
    throw refused(raw, `is a symbolic link that may lead out of the workspace, to ${JSON.stringify(target)}`);
  seen.links.set(raw, target);
};

/** Whatever still writes there after the turn. */
const changed = (raw: string, cause: unknown): EntangleError =>
  new EntangleError(
    'invalid',
    `the workspace cannot be committed: ${JSON.stringify(entryName(raw).path)} changed`,
    {
      hint: 'stop what keeps writing after the turn has ended',
      cause,
    },
  );

const refused = (raw: string, why: string): EntangleError => {
  const { path } = entryName(raw);
  return new EntangleError('invalid', `the workspace cannot be committed: ${JSON.stringify(path)} ${why}`, {
    hint: 'remove it, or name it in .gitignore',
    details: [{ path }],
  });
};

const copyFile = async (options: Collect, raw: string, seen: Seen): Promise<void> => {
  const source = await openBelow(options.from, raw).catch((cause) => {
    throw changed(raw, cause);
  });
  try {
    const info = await source.stat();
    // A second name may lie outside of the workspace, in what the engine was not shown
    if (!info.isFile() || info.nlink > 1) throw refused(raw, 'is not a regular file, or has a second name');
    if (seen.bytes + info.size > options.limits.bytes) throw tooMuch('its files are too large');
    const target = await open(pathBelow(options.to, raw), 'wx', 0o600);
    seen.files.add(raw);
    try {
      seen.bytes += await pour(source, target, options.limits.bytes - seen.bytes);
    } finally {
      await target.close();
    }
    await chmod(pathBelow(options.to, raw), info.mode & constants.S_IXUSR ? 0o700 : 0o600);
  } finally {
    await source.close();
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
