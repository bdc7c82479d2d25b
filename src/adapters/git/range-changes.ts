/** What each of some commits changes against its first parent, read of all of them together. */
import { checkCommit } from '../../core/source/remote.ts';
import { AT_ONCE, type ChangedPair, heldSides } from './compare.ts';
import { readBlobs, type TreeEntry } from './entries.ts';
import { readObjects } from './objects.ts';
import { changedBetween, type TreePair } from './tree-changes.ts';

export type CommitObject = { tree: string; parents: readonly string[] };

export const readCommits = async (
  store: string,
  ids: readonly string[],
): Promise<Map<string, CommitObject>> =>
  new Map([...(await readObjects(store, 'commit', ids))].map(([id, content]) => [id, commitIn(content)]));

/** As git reads it: a line `parent` further down is none, and the commit begins a history of its own. */
const COMMIT_HEAD = /^tree ([0-9a-f]+)\n((?:parent [0-9a-f]+\n)*)/;
const commitIn = (content: Buffer): CommitObject => {
  const [, tree = '', lines = ''] = COMMIT_HEAD.exec(content.toString('latin1')) ?? [];
  return { tree, parents: [...lines.matchAll(/ (\S+)/g)].map(([, id = '']) => checkCommit(id)) };
};

/** Null where there is no parent, or it is not here. */
export type CommitChange = { base: string; pairs: readonly ChangedPair[] };
export type ReadChange = {
  tree: string;
  change: CommitChange | null;
  /** Contents of this one and of others that were read with it, as far as they are held together. */
  held: ReadonlyMap<string, Uint8Array>;
};

export const changesIn = async (
  store: string,
  commits: readonly string[],
): Promise<Map<string, ReadChange>> => {
  const own = await readCommits(store, commits);
  const outside = [...own.values()]
    .flatMap(({ parents: [first] }) => first ?? [])
    .filter((id) => !own.has(id));
  const all = new Map([...own, ...(await readCommits(store, [...new Set(outside)]))]);
  const trees = new Map<string, TreePair>();
  for (const [commit, { tree, parents }] of own) {
    const parent = all.get(parents[0] ?? '');
    if (parent) trees.set(commit, { old: parent.tree, now: tree });
  }
  const changed = await changedBetween(store, trees);
  const held = await readHeld(store, [...changed.values()]);
  return new Map(
    [...own].map(([commit, { tree, parents }]) => {
      const pairs = changed.get(commit);
      return [commit, { tree, held, change: pairs ? { base: parents[0]!, pairs } : null }];
    }),
  );
};

const readHeld = async (
  store: string,
  changes: readonly (readonly ChangedPair[])[],
): ReturnType<typeof readBlobs> => {
  const wanted = new Map<string, TreeEntry>();
  let bytes = 0;
  for (const entry of changes.flatMap(heldSides)) {
    bytes += wanted.has(entry.id) ? 0 : entry.size;
    if (bytes > AT_ONCE) break;
    wanted.set(entry.id, entry);
  }
  return readBlobs(store, [...wanted.values()]);
};

/** Reads only what is not held. */
export const reading =
  (held: ReadonlyMap<string, Uint8Array>): typeof readBlobs =>
  async (store, entries) => {
    const missing = entries.filter(({ id }) => !held.has(id));
    return new Map([...held, ...(await readBlobs(store, missing))]);
  };
