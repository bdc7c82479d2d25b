/** What a turn has made while its engine still runs: a commit of the workspace as it is, kept and described as a last one is. */
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { Repository } from '../../ports/index.ts';
import { putInBlobs } from '../messaging/blobs.ts';
import { nowSeconds } from '../messaging/home.ts';
import { describeChange } from './change.ts';
import type { Runner } from './runner.ts';

type Subject = BodyOf<'review.request'>['subject'];
export type SoFar = Pick<Subject, 'repository' | 'base' | 'commit' | 'changes' | 'hunks' | 'expiresAt'> &
  Pick<BodyOf<'review.request'>, 'diff' | 'size' | 'files'>;

type Place = { repository: Repository; base: string; workspace: string; expiresAt: number };

/** One at a time, so that each is of one moment; null where nothing was changed. */
export const createSoFar = (
  runner: Runner,
  { id, title }: RowOf<'sessions'>,
  { repository, base, workspace, expiresAt }: Place,
): (() => Promise<SoFar | null>) => {
  const take = async (): Promise<SoFar | null> => {
    const message = `${title || 'task'}\n\nSo far, for a review.\n\nEntangle-Session: ${id}\n`;
    const made = { parent: base, message, at: nowSeconds(runner.home) };
    const { commit, problem } = await runner.git.commit(repository, workspace, made);
    if (problem) throw problem;
    if (commit === null) return null;
    const { document, ...change } = await describeChange(runner, repository, base, commit);
    const diff = await putInBlobs(runner.home, document);
    return { repository: repository.url, base, commit, ...change, diff, size: document.length, expiresAt };
  };
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(take);
    last = next.catch(() => undefined);
    return next;
  };
};
