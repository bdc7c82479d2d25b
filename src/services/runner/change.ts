/** What a turn changed: as it is listed and signed, as it is shown, and once more just before it is published. */

import { slicing } from '../../core/in-slices.ts';
import { type DescribedChange, describedChange } from '../../core/source/described-change.ts';
import type { Repository } from '../../ports/index.ts';
import type { Runner } from './runner.ts';

/** The same commits give the same digests; each file's old content with its hunks is found to give its new one. */
export const describeChange = (
  { git, home }: Runner,
  repository: Repository,
  base: string,
  commit: string,
): Promise<DescribedChange> =>
  describedChange(base, git.changes(repository, base, commit), home.suite.sha256, slicing(home.clock));

type Shown = { base: string; commit_id: string; changes: string; hunks: string };

/** Whether the commit in the store still is what was listed and shown. */
export const isAsShown = async (runner: Runner, repository: Repository, turn: Shown): Promise<boolean> => {
  const now = await describeChange(runner, repository, turn.base, turn.commit_id);
  return now.changes === turn.changes && now.hunks === turn.hunks;
};
