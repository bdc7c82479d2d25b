/** The files that a turn begins with: what its commit will go on from, with what its session came to before. */
import { EntangleError } from '../../core/errors.ts';
import { type AgentNode, landingBranch } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { TRAILERS } from '../../core/source/workspace-names.ts';
import type { Repository } from '../../ports/index.ts';
import { nowSeconds } from '../messaging/home.ts';
import type { Runner } from './runner.ts';
import { branchOf, messageOf, repositoryOf } from './workspace.ts';

/**
 * `expected`: the head of the branch that is to be written, null where there is none; then `base` is of the branch `from`
 * that the graph names. Else it is that head, so that what is approved is always a fast-forward of what was shown.
 */
export type Prepared = {
  repository: Repository;
  base: string;
  head: string;
  expected: string | null;
  from: string;
};
type Before = { base: string; commit_id: string } | null;

export const prepareFiles = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  spec: AgentNode,
  before: Before,
  workspace: string,
): Promise<Prepared | null> => {
  const repository = repositoryOf(runner, spec, session);
  await runner.freshDirectory(workspace);
  if (!repository) return null;
  // As one: what a branch held a moment ago is not tidied away before it is held for the turn
  return runner.gate.use(repository.store, () =>
    filled(runner, session, spec, { before, workspace, repository }),
  );
};

type Filling = { before: Before; workspace: string; repository: Repository };
const filled = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  spec: AgentNode,
  { before, workspace, repository }: Filling,
): Promise<Prepared> => {
  const branch = branchOf(runner, session, spec);
  const { base: named } = spec.workspace!;
  await runner.git.fetch(repository, [...new Set([named, branch])]);
  const expected = await runner.git.resolve(repository, branch);
  if (expected !== null) await refuseTwice(runner, session, spec, { repository, branch, expected });
  // What was changed before goes on from where it was, and is one change together with that
  const base = expected ?? before?.base ?? (await runner.git.resolve(repository, named));
  if (!base) throw new EntangleError('not_found', `the remote has no branch "${named}"`);
  const head =
    before === null ? base : await goingOn(runner, session, spec, { repository, before, base, branch });
  await runner.git.checkout(repository, head, workspace);
  return { repository, base, head, expected, from: expected === null ? named : branch };
};

/**
 * Of an attempt before this one nothing is known here, where another runner had it: what is on the branch of the session may
 * be what that one came to, and was told to nobody. A branch that others work on is there in any case: what is on it of
 * this session says so itself.
 */
const refuseTwice = async (
  { home, git }: Runner,
  { id, attempt }: RowOf<'sessions'>,
  spec: AgentNode,
  { repository, branch, expected }: { repository: Repository; branch: string; expected: string },
): Promise<void> => {
  if (attempt === 1 || home.tables.count('publishes', { session: id }) > 0) return;
  if (landingBranch(spec) === null) throw doneAlready(`branch "${branch}" is there already, at ${expected}`);
  const made = await git.withLine(repository, expected, `${TRAILERS.session}: ${id}`);
  if (made !== null) throw doneAlready(`branch "${branch}" has commit ${made} of this session already`);
};

const doneAlready = (what: string): EntangleError =>
  new EntangleError('conflict', `${what}: an earlier attempt may have made it, and nothing is done twice`, {
    hint: 'ask for what is still to be done as another task',
  });

type GoingOn = { repository: Repository; before: NonNullable<Before>; base: string; branch: string };

/** What the session made, on top of what others put on its branch since; never over it, and never without being asked anew. */
const goingOn = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  spec: AgentNode,
  { repository, before, base, branch }: GoingOn,
): Promise<string> => {
  if (base === before.base) return before.commit_id;
  const message = messageOf(runner, session, spec, ['On top of what came meanwhile.']);
  const of = {
    base: before.base,
    commit: before.commit_id,
    onto: base,
    message,
    at: nowSeconds(runner.home),
  };
  return runner.git.rebase(repository, of).catch((error: unknown) => {
    if (!(error instanceof EntangleError) || error.code !== 'conflict') throw error;
    throw new EntangleError(
      'conflict',
      `branch "${branch}" moved, and what was made cannot go on from there: ${error.message}`,
      {
        hint: 'ask for the work again: it begins from what is there now',
      },
    );
  });
};

export const sourceOf = ({ repository, base, head, from }: Prepared, turn: number) => ({
  ...{ turn, base, head, repository: repository.url, branch: from },
});
