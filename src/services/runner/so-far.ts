/** What a turn has made while its engine still runs: a commit of the workspace as it is, kept and described as a last one is. */
import { MAX_REVIEWED_BYTES, MAX_REVIEWS } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Repository } from '../../ports/index.ts';
import { putInBlobs } from '../messaging/blobs.ts';
import { nowSeconds } from '../messaging/home.ts';
import { describeChange } from './change.ts';
import { type Refused, refused, type SoFar } from './directive.ts';
import type { Runner } from './runner.ts';

export const TOO_MANY_REVIEWS = refused('too_many_reviews', `at most ${MAX_REVIEWS} reviews in one session`);
/** It need not have asked for any: a change that is none, or of files that cannot be taken, cost a commit as well. */
const TOO_OFTEN = refused(
  'too_many_reviews',
  `this turn had its files committed ${MAX_REVIEWS} times for a review: no more of it is kept`,
);
const TOO_MUCH = refused('too_large', 'what this turn had reviewed so far is 1 GiB: no more of it is kept');

type Place = { repository: Repository; base: string; workspace: string; expiresAt: number; message: string };

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
  { repository, base, workspace, expiresAt, message }: Place,
  isOver: () => boolean,
  most = MAX_REVIEWED_BYTES,
): (() => Promise<SoFar | Refused | null>) => {
  let left = MAX_REVIEWS;
  let bytes = 0;
  const take = async (): Promise<SoFar | Refused | null> => {
    if (isOver()) throw new EntangleError('conflict', 'the turn is over');
    if (left === 0) return TOO_OFTEN;
    if (bytes >= most) return TOO_MUCH;
    left -= 1;
    const made = { parent: base, message, at: nowSeconds(runner.home) };
    const { commit, problem } = await runner.git.commit(repository, workspace, made);
    // Where some files cannot be taken, the rest is kept all the same
    const found = commit === null ? null : await describeChange(runner, repository, base, commit);
    bytes += found?.bytes ?? 0;
    if (problem) throw problem;
    if (commit === null || found === null) return null;
    const { document, changes, hunks, files } = found;
    const diff = await putInBlobs(runner.home, document);
    const change = { repository: repository.url, base, commit, changes, hunks, files };
    return { ...change, diff, size: document.length, expiresAt };
  };
  let last: Promise<unknown> = Promise.resolve();
  return () => {
    const next = last.then(take).catch((error: unknown) => withoutPaths(runner, error));
    last = next.catch(() => undefined);
    return next;
  };
};
