/** What a turn has made while its engine still runs: a commit of the workspace as it is, kept and described as a last one is. */
import { MAX_REVIEWS } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
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

/** For the engine, which need not know the paths of this machine; those are for its log. */
const withoutPaths = (runner: Runner, error: unknown): never => {
  if (error instanceof EntangleError) throw error;
  runner.home.log(
    'warning',
    `a commit for a review failed: ${error instanceof Error ? error.message : error}`,
  );
  throw new EntangleError('invalid', 'the files of the engine could not be committed');
};

/**
 * One at a time, so that each is of one moment; null where nothing was changed. As often as a session may ask: what is
 * refused afterwards has filled this disk all the same.
 */
export const createSoFar = (
  runner: Runner,
  { id, title }: RowOf<'sessions'>,
  { repository, base, workspace, expiresAt }: Place,
  isOver: () => boolean,
): (() => Promise<SoFar | null>) => {
  let left = MAX_REVIEWS;
  const take = async (): Promise<SoFar | null> => {
    if (isOver()) throw new EntangleError('conflict', 'the turn is over');
    if (left === 0)
      throw new EntangleError('conflict', `a turn is committed for reviews at most ${MAX_REVIEWS} times`);
    left -= 1;
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
    const next = last.then(take).catch((error: unknown) => withoutPaths(runner, error));
    last = next.catch(() => undefined);
    return next;
  };
};
