/** The bare store: owned by entangle, configured by entangle, one writer of its refs at a time. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { systemFiles } from '../system/files.ts';
import { git } from './run.ts';

// What old tools wrote into the histories of many public repositories; git reads it and it leads nowhere. All else that
// fsck refuses stays refused: paths, links and addresses that lead out of a tree, and forged headers.
export const TOLERATED = [
  'badTimezone',
  'missingEmail',
  'missingSpaceBeforeDate',
  'zeroPaddedDate',
  'zeroPaddedFilemode',
];
const SHA256 = '[extensions]\n\tobjectFormat = sha256\n';
// Nothing in it can start a program. What the command line also says is said twice on purpose.
const configOf = (hasSha256: boolean): string => `${hasSha256 ? SHA256 : ''}[core]
	repositoryformatversion = ${hasSha256 ? 1 : 0}
	filemode = true
	bare = true
	symlinks = false
	hooksPath = /dev/null
	fsmonitor = false
	logAllRefUpdates = false
	attributesFile = /dev/null
	excludesFile = /dev/null
[credential]
	helper =
[protocol]
	allow = never
[transfer]
	fsckObjects = true
	advertiseSID = false
[fetch]
	fsckObjects = true
	recurseSubmodules = false
[fetch "fsck"]
${TOLERATED.map((id) => `	${id} = ignore\n`).join('')}[receive]
	fsckObjects = true
[http]
	followRedirects = false
[gc]
	auto = 0
[submodule]
	recurse = false
`;
// Highest precedence of all attributes: files are the bytes that were committed, whatever a tree's .gitattributes asks for
const ATTRIBUTES = '* -text !eol -ident -filter !working-tree-encoding !diff !merge\n';

const queues = new Map<string, Promise<unknown>>();

/** Runs `work` when every earlier one on this store is over. */
export const withStore = async <T>(store: string, work: () => Promise<T>): Promise<T> => {
  const before = queues.get(store) ?? Promise.resolve();
  const mine = before.then(work, work);
  const settled = mine.catch(() => undefined);
  queues.set(store, settled);
  try {
    return await mine;
  } finally {
    if (queues.get(store) === settled) queues.delete(store);
  }
};

/** Stores that this process has looked after: what lies in them is its own from then on. */
const opened = new Set<string>();

/** What a git that was killed left behind would stop every later one. The home has one process: nobody else is at work. */
const recover = async (store: string): Promise<void> => {
  const head = await readFile(join(store, 'HEAD'), 'utf8').catch(() => null);
  if (head !== null && !head.startsWith('ref: ')) await rm(join(store, 'HEAD'));
  for (const entry of await readdir(store, { withFileTypes: true })) {
    const isLeft = entry.name.startsWith('scratch-') || entry.name.endsWith('.lock');
    if (isLeft) await rm(join(store, entry.name), { recursive: true, force: true });
  }
  const refs = await readdir(join(store, 'refs'), { recursive: true }).catch(() => []);
  for (const name of refs) if (name.endsWith('.lock')) await rm(join(store, 'refs', name), { force: true });
  await removeUnfinished(store);
};

/** Objects and packs that no git finished. Only where none is at work on the store. */
export const removeUnfinished = async (store: string): Promise<void> => {
  const objects = join(store, 'objects');
  for (const directory of await readdir(objects).catch(() => [])) {
    if (!/^(?:[0-9a-f]{2}|pack|info)$/.test(directory)) {
      // Where git takes in what it has not judged yet
      if (UNFINISHED.test(directory)) await rm(join(objects, directory), { recursive: true, force: true });
      continue;
    }
    const names = await readdir(join(objects, directory)).catch(() => []);
    const isWhole = new Set(names.filter((name) => name.endsWith('.idx')).map(stemOf));
    for (const name of names) {
      // A pack without its index is none: nobody reads it, and no collection of garbage takes it away
      const isHalf = PACK_PART.test(name) && !isWhole.has(stemOf(name));
      if (UNFINISHED.test(name) || isHalf) await rm(join(objects, directory, name), { force: true });
    }
  }
};
const UNFINISHED = /^(?:\.?tmp[-_]|incoming-)/;
const PACK_PART = /^pack-[0-9a-f]+\.[a-z]+$/;
const stemOf = (name: string): string => name.replace(/\.[a-z]+$/, '');

/** Makes the store where there is none, and its configuration what it must be. Call inside `withStore`. */
export const openStore = async (store: string): Promise<void> => {
  if (!isAbsolute(store)) throw new EntangleError('invalid', 'the path of a git store must be absolute');
  await mkdir(store, { recursive: true, mode: 0o700 });
  if (!opened.has(store)) {
    await recover(store);
    await git({ store, verb: 'init', args: ['--bare', '--quiet', '--initial-branch=main'] });
    opened.add(store);
  }
  await mkdir(join(store, 'info'), { recursive: true });
  await replace(store, 'config', configOf(isSha256(store)));
  await replace(store, 'info/attributes', ATTRIBUTES);
};

/** The store's objects are named as the remote's are; what a store has already cannot be renamed. */
export const useSha256 = async (store: string): Promise<void> => {
  if (isSha256(store)) return;
  const refs = await readdir(join(store, 'refs'), { recursive: true, withFileTypes: true });
  if (existsSync(join(store, 'packed-refs')) || refs.some((entry) => entry.isFile()))
    throw new EntangleError(
      'invalid',
      'the remote names its objects by SHA-256 now, and the store by SHA-1',
      {
        hint: 'use the repository under another address',
      },
    );
  await replace(store, SHA256_MARK, '');
  await replace(store, 'config', configOf(true));
};
const SHA256_MARK = 'entangle-sha256';

export const isSha256 = (store: string): boolean => existsSync(join(store, SHA256_MARK));

/** Of a runner, in its directory. */
export const storesIn = async (directory: string): Promise<string[]> => {
  const git = join(directory, 'git');
  const names = await readdir(git).catch(() => []);
  return names.filter((name) => !name.startsWith(GONE)).map((name) => join(git, name));
};
/** What of stores that are removed a kill left. */
export const goneStoresIn = async (directory: string): Promise<string[]> => {
  const git = join(directory, 'git');
  const names = await readdir(git).catch(() => []);
  return names.filter((name) => name.startsWith(GONE)).map((name) => join(git, name));
};
/** Begins the name of one that is being removed. */
export const GONE = 'gone-';

/** A store that is gone: one of its name would be another. */
export const forgetStore = (store: string): boolean => opened.delete(store);

const replace = (store: string, name: string, text: string): Promise<void> =>
  keepText(join(store, name), text);

/** Sees to it that the file says this; one that does is not written anew, which costs two syncs. */
export const keepText = async (path: string, text: string): Promise<void> => {
  const found = await systemFiles.read(path).catch(() => undefined);
  if (found !== text) await systemFiles.write(path, text);
};

/** Gives `work` a private directory inside the store, removed afterwards. */
export const withScratch = async <T>(store: string, work: (directory: string) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(store, 'scratch-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
