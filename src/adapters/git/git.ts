/** Git behind the port: a bare store of our own, files without `.git` for engines, commits pushed by id. */
import { EntangleError, withHint } from '../../core/errors.ts';
import { checkBranch, checkCommit, checkPush, HEADS } from '../../core/source/remote.ts';
import type { Pushed } from '../../core/vocabulary.ts';
import type { Git, Push, Repository } from '../../ports/index.ts';
import { attestCommit } from './attest.ts';
import { CHECKED_OUT, checkedOut, isCheckedOut } from './checked-out.ts';
import { compareCommits } from './compare.ts';
import { gitFailed, isRedirect, movedTo, withoutHistory, wordsOf } from './failure.ts';
import { packCommit, unpackCommit } from './pack.ts';
import { withQuarantine } from './quarantine.ts';
import { isAncestor, rebaseCommit } from './rebase.ts';
import { forgetBranch, isFetched, resolveName, trackingRef } from './refs.ts';
import { type RemoteOptions, remoteOf, talk, withoutHooks } from './remote.ts';
import { FETCH_ARGS, type GitResult, git } from './run.ts';
import { openStore, useSha256, withStore } from './store.ts';
import { keep, tidyStore } from './tidy.ts';
import { commitDirectory, writeTree } from './tree.ts';
import { makeWorkspaceRepository } from './workspace-repository.ts';

/** The `Git` port on the git program. */
export const createGit = (options: RemoteOptions = {}): Git => ({
  fetch: async (repository, branches) => {
    for (const branch of branches) checkBranch(branch);
    remoteOf(repository);
    return withStore(repository.store, () => fetchBranches(repository, options, branches));
  },
  remoteHead: async (repository, branch) => {
    checkBranch(branch);
    remoteOf(repository);
    await reopen(repository.store);
    return headOf(repository, options, branch);
  },
  resolve: async ({ store }, name) => {
    await reopen(store);
    return resolveName(store, name);
  },
  withLine: async ({ store }, commit, line) => {
    await reopen(store);
    const wanted = ['--fixed-strings', `--grep=${line}`];
    const args = ['--max-count=1', ...wanted, '--end-of-options', checkCommit(commit)];
    return (await git({ store, verb: 'rev-list', args, timeoutMs: HISTORY_MS })).trim() || null;
  },
  checkout: async ({ store }, commit, directory) => {
    checkCommit(commit);
    await reopen(store);
    // Whatever becomes of the branch that it is of, until its turn is over
    await withStore(store, () => keep(store, commit));
    await writeTree(store, commit, directory);
    await makeWorkspaceRepository(store, commit, directory);
  },
  commit: async (repository, directory, { parent, message, at }) => {
    const { store, principal } = repository;
    const made = { parent: checkCommit(parent), message, at };
    await reopen(store);
    const committed = await commitDirectory(store, directory, principal, made);
    const { commit } = committed;
    // Reachable by its own ref: a collection of garbage by hand cannot lose what was approved
    if (commit !== null) await withStore(store, () => keep(store, commit));
    return committed;
  },
  rebase: async ({ store, principal }, of) => {
    await reopen(store);
    const made = await rebaseCommit(store, principal, of);
    await withStore(store, () => keep(store, made));
    return made;
  },
  pack: async ({ store }, of) => {
    await reopen(store);
    return packCommit(store, of);
  },
  unpack: async (repository, pack, commit, judge) => {
    checkCommit(commit);
    const { store } = repository;
    await reopen(store);
    await withQuarantine(store, async (apart, takeIn) => {
      await unpackCommit(apart, pack);
      if ((await resolveName(apart, commit)) === null)
        throw new EntangleError('invalid', 'what came is not the commit that it was sent for');
      await judge?.({ ...repository, store: apart });
      await withStore(store, async () => {
        await takeIn();
        await keep(store, commit);
      });
    });
  },
  tidy: (store, keeps, thorough) => withStore(store, () => tidyStore(store, keeps, thorough)),
  changes: async function* ({ store }, from, to) {
    for (const id of [from, to]) checkCommit(id);
    await reopen(store);
    yield* compareCommits(store, from, to);
  },
  objection: async (repository, push) => {
    checkPush(push);
    const soon = { ...options, answerMs: options.objectionMs ?? OBJECTION_MS };
    const asked = withStore(repository.store, () => tryPush(repository, soon, push));
    return asked.catch((error: unknown) => {
      if (!(error instanceof EntangleError)) throw error;
      return error.code === 'unavailable' ? null : withHint(error);
    });
  },
  treeOf: async ({ store }, commit) => {
    await reopen(store);
    return (await git({ store, verb: 'rev-parse', args: [`${checkCommit(commit)}^{tree}`] })).trim();
  },
  attest: async (repository, attestation) => {
    remoteOf(repository);
    return withStore(repository.store, async () => {
      await openStore(repository.store);
      await attestCommit(repository, options, attestation);
    });
  },
  push: async (repository, push) => {
    checkPush(push);
    remoteOf(repository);
    return withStore(repository.store, () => pushCommit(repository, options, push));
  },
});

/** Of a long history each message is looked at. */
const HISTORY_MS = 5 * 60_000;

const reopen = (store: string): Promise<void> => withStore(store, () => openStore(store));

/** Only these: an object that is refused, on a branch that nobody asked for, is nobody's trouble (T120). */
const fetchBranches = async (
  repository: Repository,
  options: RemoteOptions,
  branches: readonly string[],
): Promise<void> => {
  const { store } = repository;
  await openStore(store);
  const heads = await headsOf(repository, options, branches);
  for (const branch of branches) if (!heads.has(branch)) await forgetBranch(store, branch);
  const got = await Promise.all([...heads].map(([branch, id]) => isFetched(store, branch, id)));
  if (got.every(Boolean)) return;
  if ([...heads.values()].some((id) => id.length === 64)) await useSha256(store);
  const operands = [...heads.keys()].map((branch) => `+${HEADS}${branch}:${trackingRef(branch)}`);
  const result = await talk(repository, options, { verb: 'fetch', args: FETCH_ARGS, operands });
  if (result.code !== 0) throw gitFailed('fetch', result);
  // Git leaves such a branch as it was, and ends as if it had got it
  if (SHALLOW.test(result.stderr)) throw withoutHistory();
};
const SHALLOW = /shallow roots are not allowed|shallow update not allowed/;

const headOf = async (
  repository: Repository,
  options: RemoteOptions,
  branch: string,
): Promise<string | null> => (await headsOf(repository, options, [branch])).get(branch) ?? null;

/** What the remote has of these branches now, by name. */
const headsOf = async (
  repository: Repository,
  options: RemoteOptions,
  branches: readonly string[],
): Promise<Map<string, string>> => {
  const all = await listHeads(repository, options, branches);
  // An operand is a pattern that also matches longer names
  return new Map([...all].filter(([name]) => branches.includes(name)));
};

/** Of these patterns. */
const listHeads = async (
  repository: Repository,
  options: RemoteOptions,
  patterns: readonly string[],
): Promise<Map<string, string>> => {
  const args = ['--quiet', '--refs'];
  const operands = patterns.map((pattern) => `${HEADS}${pattern}`);
  const call = { verb: 'ls-remote', args, operands } as const;
  const result = await talk(repository, options, call);
  if (isRedirect(result)) throw movedTo(await talk(repository, { ...options, showsHeaders: true }, call));
  if (result.code !== 0) throw gitFailed('ls-remote', result);
  const heads = new Map<string, string>();
  for (const line of result.stdout.split('\n')) {
    const [id = '', name = ''] = line.split('\t');
    if (name.startsWith(HEADS)) heads.set(name.slice(HEADS.length), checkCommit(id));
  }
  return heads;
};

/** It holds up the question, and all that waits for the store: what is not said by then is not waited for. */
const OBJECTION_MS = 15_000;

const PUSH = ['--porcelain', '--no-verify', '--no-signed', '--no-follow-tags', '--recurse-submodules=no'];

/** Throws what a push that writes nothing is refused with. */
const tryPush = async (
  repository: Repository,
  options: RemoteOptions,
  { commit, branch, expected }: Push,
): Promise<null> => {
  remoteOf(repository);
  await openStore(repository.store);
  const parts = branch.split('/');
  const above = parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
  const heads = await listHeads(repository, options, [...above, branch, `${branch}/*`]);
  const inTheWay = [...heads.keys()].find(
    (name) => branch.startsWith(`${name}/`) || name.startsWith(`${branch}/`),
  );
  if (inTheWay !== undefined)
    throw new EntangleError(
      'denied',
      `the remote has a branch "${inTheWay}", and git keeps none below another`,
    );
  const head = heads.get(branch) ?? null;
  if (await isMoved(repository.store, head, { commit, branch, expected }))
    throw new EntangleError(
      'denied',
      `branch "${branch}" is at ${head ?? 'no commit'}, and the commit does not go on from that: another turn would`,
    );
  if (await isCheckedOut(repository, branch)) throw checkedOut(branch);
  const ref = `${HEADS}${branch}`;
  const lease = `--force-with-lease=${ref}:${head ?? ''}`;
  const result = await talk(repository, options, {
    verb: 'push',
    args: [...PUSH, '--dry-run', ...withoutHooks(repository), lease],
    operands: [`${commit}:${ref}`],
  });
  if (result.code === 0) return null;
  throw (
    refusalOf(result, branch) ??
    gitFailed('push', { ...result, stderr: `${result.stderr}\n${result.stdout}` })
  );
};

const pushCommit = async (
  repository: Repository,
  options: RemoteOptions,
  { commit, branch, expected }: Push,
): Promise<Pushed> => {
  await openStore(repository.store);
  const before = await headOf(repository, options, branch);
  if (before === commit) return 'pushed';
  if (await isMoved(repository.store, before, { commit, branch, expected })) return 'moved';
  const ref = `${HEADS}${branch}`;
  const result = await talk(repository, options, {
    verb: 'push',
    args: [...PUSH, ...withoutHooks(repository), `--force-with-lease=${ref}:${expected ?? ''}`],
    operands: [`${commit}:${ref}`],
  });
  // What the remote has decides, not what the program said: an answer can be lost after the ref was written
  const after = await headOf(repository, options, branch);
  if (after === commit) return 'pushed';
  if (after !== expected) return 'moved';
  throw (
    refusalOf(result, branch) ??
    gitFailed('push', { ...result, stderr: `${result.stderr}\n${result.stdout}` })
  );
};

/** What the remote answered about the branch, where it answered at all: a hook, a rule, a name that is in the way. */
const refusalOf = ({ stdout, stderr }: GitResult, branch: string): EntangleError | null => {
  const answer = /^!\t[^\t]*\t\[remote rejected\] \((.{1,300})\)/m.exec(stdout)?.[1];
  if (answer === undefined) return null;
  if (answer === CHECKED_OUT) return checkedOut(branch);
  const told = [...stderr.matchAll(/^remote: (.*)$/gm)].map((line) => line[1]);
  return new EntangleError(
    'denied',
    `the remote refused the branch: ${wordsOf([answer, ...told].join(' '))}`,
  );
};

/** Whether the commit may not take the place of what the remote has at that branch. */
const isMoved = async (store: string, head: string | null, { commit, expected }: Push): Promise<boolean> =>
  head !== commit && (head !== expected || (expected !== null && !(await descends(store, expected, commit))));

/** The lease allows any commit in place of the expected one; history that others have is never rewritten (T88). */
const descends = async (store: string, expected: string, commit: string): Promise<boolean> =>
  (await resolveName(store, expected)) !== null && isAncestor(store, expected, commit);
