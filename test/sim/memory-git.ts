/**
 * Git in memory: remotes with branches that others move, commits with trees and contents, a store of each runner that
 * survives its crashes. Ids are digests of what a commit holds, so the same commit made twice is the same.
 */

import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { fromHex, fromUtf8, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import { EntangleError } from '../../src/core/errors.ts';
import type { Attested } from '../../src/core/evidence/read.ts';
import { checkPath, comparePaths } from '../../src/core/source/paths.ts';
import { checkBranch, checkCommit, checkPush } from '../../src/core/source/remote.ts';
import type { Clock, Git, Push, Repository } from '../../src/ports/index.ts';
import type { Dice } from './dice.ts';
import { type FileTree, filesBelow } from './file-tree.ts';

type Tree = ReadonlyMap<string, Uint8Array>;
type Commit = { parent: string | null; tree: Tree; message: string; at: number; author?: string };
type Commits = Map<string, Commit>;
type RefUpdate = { branch: string; from: string | null; to: string };

export type MemoryRemote = {
  readonly url: string;
  readonly branches: Map<string, string>;
  readonly commits: Commits;
  /** Every change of a branch by a push: what was done, whatever the pusher was told. */
  readonly updates: RefUpdate[];
  reachable: boolean;
  /** Nothing is at its address any more. */
  gone: boolean;
  /** Branches with an object in their history that no store takes. */
  readonly spoiled: Set<string>;
  /** Why it takes no push; null where it does. */
  /** What it says of every push before anything is pushed. */
  forbids: string | null;
  refusal: string | null;
  /** What stands beside its commits, and whether it takes that. */
  readonly attested: Map<string, Attested>;
  readonly logKeys: Map<string, string>;
  takesEvidence: boolean;
  /** Part of 1: the push is done and the answer lost. */
  losesAnswers: number;
  /** Somebody else's commit on a branch, which is made where there is none; its id. */
  move(branch: string, files: Record<string, string>): string;
  /** Files of a branch or commit as texts. */
  show(name: string): Record<string, string>;
};
/** By its path: commits, and heads as fetched. */
export type GitStore = { commits: Commits; heads: Map<string, string>; held: Map<string, number> };
export type GitStores = Map<string, GitStore>;

const digest = (text: string): string => toHex(suiteWasm.sha256(utf8(text)));
const treeId = (tree: Tree): string =>
  digest(JSON.stringify([...tree].map(([path, bytes]) => [path, toHex(suiteWasm.sha256(bytes))]).sort()));
const idOf = ({ parent, tree, message, at, author }: Commit): string =>
  digest(JSON.stringify([parent, treeId(tree), message, at, author])).slice(0, 40);
const add = (commits: Commits, commit: Commit): string => {
  const id = idOf(commit);
  commits.set(id, commit);
  return id;
};
const treeOf = (files: Record<string, string>): Tree =>
  new Map(Object.entries(files).map(([path, text]) => [path, utf8(text)]));

export const createMemoryRemote = (url: string, files: Record<string, string>): MemoryRemote => {
  const commits: Commits = new Map();
  const branches = new Map([
    ['main', add(commits, { parent: null, tree: treeOf(files), message: 'first', at: 0 })],
  ]);
  return {
    url,
    branches,
    commits,
    updates: [],
    reachable: true,
    gone: false,
    spoiled: new Set(),
    refusal: null,
    forbids: null,
    attested: new Map(),
    logKeys: new Map(),
    takesEvidence: true,
    losesAnswers: 0,
    move(branch, changes) {
      const parent = branches.get(branch) ?? branches.get('main')!;
      const tree = new Map([...commits.get(parent)!.tree, ...treeOf(changes)]);
      const message = `moved ${branches.size} ${commits.size}`;
      const id = add(commits, { parent, tree, message, at: 0 });
      branches.set(branch, id);
      return id;
    },
    show: (name) =>
      Object.fromEntries(
        [...(commits.get(branches.get(name) ?? name)?.tree ?? [])].map(([path, bytes]) => [
          path,
          fromUtf8(bytes),
        ]),
      ),
  };
};

const refusalOf = (path: string): EntangleError | null => {
  try {
    checkPath(path);
    return null;
  } catch (error) {
    if (error instanceof EntangleError) return error;
    throw error;
  }
};

/** A commit with all that it descends from. */
const take = (from: Commits, to: Commits, id: string): void => {
  for (let at: string | null = id; at !== null; at = from.get(at)?.parent ?? null) to.set(at, from.get(at)!);
};

export type MemoryGitOptions = {
  remotes: readonly MemoryRemote[];
  stores: GitStores;
  files: FileTree;
  clock: Clock;
  dice: Dice;
};
const unavailable = (what: string): EntangleError =>
  new EntangleError('unavailable', `${what} failed: no route`);

export const memoryGit = ({ remotes, stores, files, clock, dice }: MemoryGitOptions): Git => {
  const storeOf = ({ store }: Repository) => {
    const known = stores.get(store) ?? { commits: new Map(), heads: new Map(), held: new Map() };
    stores.set(store, known);
    return known;
  };
  const local = () => clock.sleep(dice.between(1, 10));
  const reach = async ({ url }: Repository, what: string): Promise<MemoryRemote> => {
    const remote = remotes.find((one) => one.url === url);
    const wasReachable = remote?.reachable;
    await clock.sleep(dice.between(10, 100));
    if (!remote || remote.gone) throw new EntangleError('not_found', `${what} failed: no such repository`);
    if (!wasReachable || !remote.reachable) throw unavailable(what);
    return remote;
  };
  const commitOf = (repository: Repository, id: string): Commit => {
    const commit = storeOf(repository).commits.get(checkCommit(id));
    if (!commit) throw new EntangleError('not_found', `no commit ${id} in this store`);
    return commit;
  };
  const hold = (repository: Repository, commit: string): string => {
    storeOf(repository).held.set(commit, Math.floor(clock.now() / 1000));
    return commit;
  };
  const descends = (commits: Commits, from: string, to: string): boolean => {
    for (let at: string | null = to; at !== null; at = commits.get(at)?.parent ?? null)
      if (at === from) return true;
    return false;
  };
  const isMoved = (repository: Repository, remote: MemoryRemote, { commit, branch, expected }: Push) => {
    const head = remote.branches.get(branch) ?? null;
    if (head === commit) return false;
    return (
      head !== expected || (expected !== null && !descends(storeOf(repository).commits, expected, commit))
    );
  };
  return {
    async fetch(repository, branches) {
      for (const branch of branches) checkBranch(branch);
      const remote = await reach(repository, 'fetch');
      const store = storeOf(repository);
      for (const branch of branches) {
        const head = remote.branches.get(branch);
        if (head === undefined) store.heads.delete(branch);
        else if (remote.spoiled.has(branch)) throw new EntangleError('invalid', 'fetch failed: fsck error');
        else take(remote.commits, store.commits, head);
        if (head !== undefined) store.heads.set(branch, head);
      }
    },
    async remoteHead(repository, branch) {
      checkBranch(branch);
      return (await reach(repository, 'ls-remote')).branches.get(branch) ?? null;
    },
    async resolve(repository, name) {
      await local();
      const { commits, heads } = storeOf(repository);
      if (/^[0-9a-f]{40}$/.test(name)) return commits.has(name) ? name : null;
      return heads.get(checkBranch(name)) ?? null;
    },
    async withLine(repository, commit, line) {
      await local();
      for (let at: string | null = commit; at !== null; at = commitOf(repository, at).parent)
        if (
          commitOf(repository, at)
            .message.split('\n')
            .some((one) => one.includes(line))
        )
          return at;
      return null;
    },
    async checkout(repository, commit, directory) {
      await local();
      const { tree } = commitOf(repository, commit);
      hold(repository, commit);
      if (filesBelow(files, directory).size > 0)
        throw new EntangleError('conflict', 'the workspace directory is not empty');
      for (const [path, bytes] of tree) files.set(`${directory}/${path}`, bytes);
    },
    async commit(repository, directory, { parent, message, at }) {
      await local();
      const all = filesBelow(files, directory);
      const refused = [...all.keys()].map(refusalOf).find((problem) => problem !== null) ?? null;
      const tree = new Map([...all].filter(([path]) => refusalOf(path) === null));
      if (treeId(tree) === treeId(commitOf(repository, parent).tree))
        return { commit: null, problem: refused };
      const { name, email } = repository.principal;
      const author = `${name} <${email}>`;
      const commit = hold(
        repository,
        add(storeOf(repository).commits, { parent, tree, message, at, author }),
      );
      return { commit, problem: refused };
    },
    async rebase(repository, { base, commit, onto, message, at }) {
      await local();
      const { commits } = storeOf(repository);
      if (!descends(commits, base, onto))
        throw new EntangleError(
          'conflict',
          `commit ${onto} does not go on from ${base}: its history was rewritten`,
        );
      const [old, mine, theirs] = [base, commit, onto].map((id) => commitOf(repository, id).tree) as [
        Tree,
        Tree,
        Tree,
      ];
      const at_ = (tree: Tree, path: string) => toHex(tree.get(path) ?? new Uint8Array());
      const tree = new Map(theirs);
      for (const path of new Set([...old.keys(), ...mine.keys()])) {
        if (at_(old, path) === at_(mine, path)) continue;
        if (![at_(old, path), at_(mine, path)].includes(at_(theirs, path)))
          throw new EntangleError('conflict', `commit ${onto} changed the same of ${JSON.stringify(path)}`);
        const bytes = mine.get(path);
        if (bytes) tree.set(path, bytes);
        else tree.delete(path);
      }
      const { name, email } = repository.principal;
      const made = { parent: onto, tree, message, at, author: `${name} <${email}>` };
      return hold(repository, add(commits, made));
    },
    async pack(repository, { commit, most }) {
      await local();
      const { tree, ...rest } = commitOf(repository, commit);
      const entries = [...tree].map(([path, bytes]) => [path, toHex(bytes)]);
      const bytes = utf8(JSON.stringify({ ...rest, entries }));
      if (bytes.length > most) throw new EntangleError('invalid', 'the change takes too much to send');
      return bytes;
    },
    async unpack(repository, pack, commit, judge) {
      await local();
      const { entries, ...rest } = JSON.parse(fromUtf8(pack)) as Omit<Commit, 'tree'> & {
        entries: [string, string][];
      };
      const { commits } = storeOf(repository);
      if (rest.parent === null || !commits.has(rest.parent))
        throw new EntangleError('invalid', 'index-pack failed: an object is missing');
      const tree = new Map(entries.map(([path, hex]) => [path, fromHex(hex)]));
      const apart = `${repository.store}/quarantine-${commit}`;
      const came: Commits = new Map(commits);
      if (add(came, { ...rest, tree }) !== commit)
        throw new EntangleError('invalid', 'what came is not the commit that it was sent for');
      stores.set(apart, { commits: came, heads: new Map(), held: new Map() });
      try {
        await judge?.({ ...repository, store: apart });
      } finally {
        stores.delete(apart);
      }
      commits.set(commit, { ...rest, tree });
      hold(repository, commit);
    },
    async tidy(store, keeps, thorough) {
      await local();
      const { commits, heads, held } = stores.get(store) ?? {
        commits: new Map(),
        heads: new Map(),
        held: new Map(),
      };
      const dropped = [...held].filter(([commit, since]) => !keeps(commit, since)).map(([commit]) => commit);
      for (const commit of dropped) held.delete(commit);
      if (!thorough && dropped.length === 0) return { dropped, isRepacked: false };
      const left: Commits = new Map();
      for (const commit of [...heads.values(), ...held.keys()]) take(commits, left, commit);
      for (const commit of [...commits.keys()]) if (!left.has(commit)) commits.delete(commit);
      return { dropped, isRepacked: true };
    },
    async *changes(repository, from, to) {
      await local();
      const [before, after] = [commitOf(repository, from).tree, commitOf(repository, to).tree];
      const hashed = (bytes: Uint8Array | undefined) => bytes && toHex(suiteWasm.sha256(bytes));
      const side = (bytes: Uint8Array | undefined) => (bytes ? { mode: '100644', bytes } : null);
      yield* [...new Set([...before.keys(), ...after.keys()])]
        .filter((path) => hashed(before.get(path)) !== hashed(after.get(path)))
        .sort(comparePaths)
        .map((path) => ({ path, old: side(before.get(path)), new: side(after.get(path)) }));
    },
    async objection(repository, push) {
      checkPush(push);
      const { branch } = push;
      try {
        const remote = await reach(repository, 'push');
        const inTheWay = [...remote.branches.keys()].find(
          (name) => branch.startsWith(`${name}/`) || name.startsWith(`${branch}/`),
        );
        if (inTheWay !== undefined)
          return `the remote has a branch "${inTheWay}", and git keeps none below another`;
        if (isMoved(repository, remote, push)) {
          const head = remote.branches.get(branch) ?? 'no commit';
          return `branch "${branch}" is at ${head}, and the commit does not go on from that: another turn would`;
        }
        return remote.forbids;
      } catch (error) {
        if (!(error instanceof EntangleError)) throw error;
        return error.code === 'unavailable' ? null : error.message;
      }
    },
    async treeOf(repository, commit) {
      await local();
      return treeId(commitOf(repository, commit).tree);
    },
    async attest(repository, { commit, files: evidence, keys }) {
      const remote = await reach(repository, 'push');
      if (!remote.takesEvidence)
        throw new EntangleError('denied', 'the remote refused refs/entangle/attestations: no');
      remote.attested.set(checkCommit(commit), evidence);
      if (keys) remote.logKeys.set(keys.host, keys.over(remote.logKeys.get(keys.host) ?? ''));
    },
    async push(repository, push) {
      checkPush(push);
      const { commit, branch } = push;
      const remote = await reach(repository, 'push');
      const head = remote.branches.get(branch) ?? null;
      if (head === commit) return 'pushed';
      const { commits } = storeOf(repository);
      if (isMoved(repository, remote, push)) return 'moved';
      if (remote.refusal !== null)
        throw new EntangleError('denied', `the remote refused the branch: ${remote.refusal}`, {
          hint: 'change its rule',
        });
      for (const [id, one] of commits) remote.commits.set(id, one);
      remote.branches.set(branch, commit);
      remote.updates.push({ branch, from: head, to: commit });
      await clock.sleep(dice.between(10, 100));
      if (!remote.reachable || dice.chance(remote.losesAnswers)) throw unavailable('push');
      return 'pushed';
    },
  };
};
