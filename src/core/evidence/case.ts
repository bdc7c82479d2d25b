/** What a check of a commit is given: the commit, what stands beside it, and what is wanted of both. */
import type { Suite } from '../crypto/suite.ts';
import type { PolicyRule } from './policy.ts';
import type { ReadEvidence } from './read.ts';
import type { RetiredKey } from './retired.ts';

/** What the repository itself says of the commit. */
export type CommitFacts = {
  commit: string;
  tree: string;
  /** Digests of what it changes against its first parent; null where that is not here, or where it has none. */
  change: { changes: string; hunks: string } | null;
  /** That it changes against its first parent; a file that was renamed has both its names here. */
  paths: readonly string[];
};

export type Wanted = {
  /** Keys of Hosts whose word counts. */
  authorities: readonly string[];
  /** Addresses by which this repository is known, as `sameRemote` compares them; null where none is. */
  remotes: readonly string[] | null;
  /** Where it must have been published; null: anywhere. */
  branch: string | null;
  quorum: number;
  /** Every approval that counts is checked by its own signature; none rests on the word of the Host. */
  exact: boolean;
  /** Everybody who approves it touched a key for it. */
  touch: boolean;
  /** The Host proved that its statement is in its log. */
  logged: boolean;
  /** What is demanded of it besides, where it fits: the rules of a policy file. */
  rules: readonly PolicyRule[];
  /** Keys of its log that a Host replaced. */
  retired: readonly RetiredKey[];
};

/** What the checks look at. */
export type Case = {
  suite: Suite;
  facts: CommitFacts;
  wanted: Wanted;
  read: ReadEvidence;
  /** Persons whose own signature is here; those of whom only the Host says so. */
  signed: ReadonlySet<string>;
  told: ReadonlySet<string>;
  /** Those of its rules that fit it. */
  rules: readonly PolicyRule[];
  /** Persons who touched a key for it. */
  touched: ReadonlySet<string>;
};
