/** Git, over a store of our own. */
import type { EntangleError } from '../core/errors.ts';
import type { CommitFacts } from '../core/evidence/case.ts';
import type { MergeFacts } from '../core/evidence/merges.ts';
import type { Attested } from '../core/evidence/read.ts';
import type { ChangedFile } from '../core/source/changes.ts';
import type { Pushed, RemoteScheme } from '../core/vocabulary.ts';

export type { ChangedFile } from '../core/source/changes.ts';

export type Principal = {
  name: string;
  email: string;
  sshKeyFile?: string;
  /** Host keys that ssh accepts for it. */
  knownHostsFile?: string;
  tokenFile?: string;
  /** The only host that is sent the token; the one of the remote where it is left out. */
  tokenHost?: string;
  tokenUser?: string;
};

/** Texts in files that their owner alone reads, while `work` runs. */
export type WithFiles = <T>(
  texts: Readonly<Record<string, string>>,
  work: (pathOf: (name: string) => string) => Promise<T>,
) => Promise<T>;

export type Repository = {
  /** Remote URL without credentials. */
  url: string;
  /** Bare store owned by this runner. */
  store: string;
  principal: Principal;
  /** For which session and as whom the Host is asked for what to log in and sign with; `isAuthor`: that says who commits, too. */
  asks?: { session: string; principal: string; isAuthor: boolean };
  /** Schemes the person allowed: https and ssh, and file for a local remote named by its owner. */
  protocols: readonly RemoteScheme[];
  /** Whether a push to a file remote runs the hooks of that repository, as whoever runs this. */
  runsHooks: boolean;
};

/** `commit`: null when nothing changed. `problem`: why it does not hold all that is in the directory. */
export type Committed = { commit: string | null; problem: EntangleError | null };

/** `expected`: the head that it takes the place of; null: the branch must not exist. */
export type Push = { commit: string; branch: string; expected: string | null };

/** `dropped`: commits that are held no more. */
export type Tidied = { dropped: string[]; isRepacked: boolean };

export interface Git {
  /**
   * Makes the bare store where there is none, and fetches these branches of the remote into it, none else; those that the
   * remote has no more are dropped. unavailable where trying again may help; any other code is the remote's last word.
   */
  fetch(repository: Repository, branches: readonly string[]): Promise<void>;
  /** Commit id of a remote branch right now, or null where there is none. */
  remoteHead(repository: Repository, branch: string): Promise<string | null>;
  /** Commit id a fetched branch or id stands for in the store, or null. */
  resolve(repository: Repository, name: string): Promise<string | null>;
  /** The newest commit that one in the store goes on from, itself among them, whose message has this line; null where none has. */
  withLine(repository: Repository, commit: string, line: string): Promise<string | null>;
  /** Writes the files of a commit into an empty directory, with no `.git` in it. */
  checkout(repository: Repository, commit: string, directory: string): Promise<void>;
  /** Commits the directory's files on top of parent into the store; what cannot be committed is told, and all else is. */
  commit(
    repository: Repository,
    directory: string,
    options: { parent: string; message: string; at: number },
  ): Promise<Committed>;
  /**
   * The change from base to commit on top of another commit that descends from base; its id. conflict where both changed
   * the same, or where it does not descend: nothing is decided for anybody.
   */
  rebase(
    repository: Repository,
    of: { base: string; commit: string; onto: string; message: string; at: number },
  ): Promise<string>;
  /** The objects of a commit that a store with its base lacks, as bytes for `unpack`; at most so many. */
  pack(repository: Repository, of: { base: string; commit: string; most: number }): Promise<Uint8Array>;
  /**
   * Takes what `pack` made of that commit into the store, each object checked as one that is fetched is. `judge` sees it in a
   * store of its own, which has what the store has: where it throws, nothing of the pack was ever in the store.
   */
  unpack(
    repository: Repository,
    pack: Uint8Array,
    commit: string,
    judge?: (apart: Repository) => Promise<void>,
  ): Promise<void>;
  /**
   * Lets go of commits that the store holds for no branch, and of objects that nothing holds then; `keeps` is asked of each
   * with the time since when it was held, in seconds. Also goes what no git finished. Objects go where there is enough to gain,
   * or where that is `thorough`. Nobody else may use the store meanwhile; killed at any moment, nothing is lost that is kept.
   */
  tidy(store: string, keeps: (commit: string, since: number) => boolean, thorough: boolean): Promise<Tidied>;
  /** Changed files with both contents, sorted by path (bytewise); few contents at a time are in memory. */
  changes(repository: Repository, from: string, to: string): AsyncIterable<ChangedFile>;
  /**
   * Why the remote would refuse this branch now, in words, as far as it says so without being pushed to: it is asked for
   * permission, for names that are in the way and for where the branch is, and shows none of its hooks. Null where it would
   * not, or does not answer.
   */
  objection(repository: Repository, push: Push): Promise<string | null>;
  /** The id of the tree of a commit in the store. */
  treeOf(repository: Repository, commit: string): Promise<string>;
  /** Puts evidence beside a commit of the remote, whoever else writes there. denied when the remote says no. */
  attest(repository: Repository, attestation: Attestation): Promise<void>;
  /** Pushes exactly that commit id. denied when the remote says no. */
  push(repository: Repository, push: Push): Promise<Pushed>;
}

/**
 * What stands beside a commit for anybody to check; `at`: Unix seconds. `keys`: what is known of the log keys of that Host, over
 * what others left there.
 */
export type Attestation = {
  commit: string;
  files: Attested;
  at: number;
  keys?: { host: string; over(there: string): string };
};

/** Where a node says that a commit is. */
export type PublishedCommit = { repository: string; branch: string; commit: string };

export type SentCommit = PublishedCommit & { base: string; pack: Uint8Array };

/** A commit in private room: nothing of it is anywhere else. */
export type FetchedCommit = {
  /** Null where it is the first of its history. */
  parent: string | null;
  /** Against its parent, as `Git.changes`. */
  changes(): AsyncIterable<ChangedFile>;
  /** Into the repository that this is in, under a reference that must not be at another commit; false where it was there. */
  keepAs(ref: string): Promise<boolean>;
  /** The commit without its history as a bundle that names it so, in a file that must not be there; its size in bytes. */
  writeTo(file: string, ref: string): Promise<number>;
};

/** The git of a person: their own configuration, keys and credential helpers, in the directory that they are in. */
export interface OwnGit {
  /** Top of the repository that this is in, or null where it is in none. */
  top(): Promise<string | null>;
  /** The same of a commit that was sent, as a pack over its base, which is here or at the remote. */
  unpacked<T>(sent: SentCommit, work: (commit: FetchedCommit) => Promise<T>): Promise<T>;
  /** Gets exactly that commit from where it is said to be; its private room is gone when `work` is done. */
  fetched<T>(published: PublishedCommit, work: (commit: FetchedCommit) => Promise<T>): Promise<T>;
}

/** A repository that a person has here, read for what stands beside its commits. */
export interface EvidenceSource {
  /** Those that the words name, oldest first: one commit, or all of A..B. not_found where there is none. */
  commits(words: string): Promise<string[]>;
  /** Computed from the objects of the repository. */
  facts(commit: string): Promise<CommitFacts>;
  /** Null where nothing stands beside it. */
  attested(commit: string): Promise<Attested | null>;
  /** What it is made of, and what git would make of that. */
  merge(commit: string): Promise<MergeFacts>;
  /** By which records the log of that Host got other keys, as somebody put them beside the commits; null where nobody did. */
  logKeys(host: string): Promise<string | null>;
  /** Where it says that its remotes are. */
  remotes(): Promise<string[]>;
  /**
   * A file of the base of the words: of A..B that is A; of one commit, the head of the default branch of the remote, or
   * where the commit is on that branch, the one before it. Null where there is none.
   */
  baseFile(words: string, path: string): Promise<string | null>;
}

/** Contents of a commit by path, where this person has a repository with it; `size`: the most that each may have. */
export type OldContents = (
  commit: string,
  files: readonly { path: string; size: number }[],
) => Promise<ReadonlyMap<string, Uint8Array>>;
