/** When a merge of a range needs no approval of its own: it adds nothing to commits that have theirs. */
import type { EvidenceVerdict } from '../vocabulary.ts';

/** The tree that git makes of two commits by itself, or why it makes none: another history is one that is not all here, too. */
export type Merged = { tree: string } | { why: 'conflict' | 'history' };
/** What the repository says of a commit. */
export type MergeFacts = {
  tree: string;
  parents: readonly string[];
  merged(): Promise<Merged>;
};

/** For people, as the reasons of checks. */
export const MERGE_FAULTS: Readonly<Record<string, string>> = {
  merge_of_many: 'it merges more than two commits, and nobody approved it',
  merge_of_unverified: 'it merges a commit that is not verified, and nobody approved it',
  merge_conflict: 'somebody resolved a conflict in it, and nobody approved that',
  merge_changed: 'it is another tree than git makes of what it merges, and nobody approved that',
  merge_history: 'what it merges has no history in common, or not all of it is here',
};

type Checked = { verdict: EvidenceVerdict; reason: string | null };
/** `isFaulty`: of a commit of the range, whether it is not verified; what is not in the range is before it. */
export const checkMerge = async <C extends Checked>(
  commit: C,
  look: () => Promise<MergeFacts>,
  isFaulty: (parent: string) => boolean,
): Promise<C> => {
  if (commit.reason !== 'no_attestation') return commit;
  const { tree, parents, merged } = await look();
  if (parents.length < 2) return commit;
  const faulty = (reason: string): C => ({ ...commit, verdict: 'unapproved', reason });
  if (parents.length > 2) return faulty('merge_of_many');
  if (parents.some(isFaulty)) return faulty('merge_of_unverified');
  const made = await merged();
  if ('why' in made) return faulty(`merge_${made.why}`);
  return made.tree === tree ? { ...commit, verdict: 'verified', reason: null } : faulty('merge_changed');
};
