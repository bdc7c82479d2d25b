/** The files that a turn begins with: the base of its repository, or what its session came to before. */
import { EntangleError } from '../../core/errors.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Repository } from '../../ports/index.ts';
import type { Runner } from './runner.ts';
import { branchOf, repositoryOf } from './workspace.ts';

/** `expected`: the head of the session's own branch before the turn, which nobody else has reason to move. */
export type Prepared = { repository: Repository; base: string; head: string; expected: string | null };
export const prepareFiles = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  spec: AgentNode,
  before: { base: string; commit_id: string } | null,
  workspace: string,
): Promise<Prepared | null> => {
  const repository = repositoryOf(runner, spec);
  await runner.freshDirectory(workspace);
  if (!repository) return null;
  const branch = branchOf(runner, session, spec);
  await runner.git.fetch(repository, [spec.workspace!.base, branch]);
  // What was changed before goes on from where it was, and is one change together with that
  const base = before?.base ?? (await runner.git.resolve(repository, spec.workspace!.base));
  if (!base) throw new EntangleError('not_found', `the remote has no branch "${spec.workspace!.base}"`);
  const head = before?.commit_id ?? base;
  await runner.git.checkout(repository, head, workspace);
  return { repository, base, head, expected: await runner.git.resolve(repository, branch) };
};

export const sourceOf = ({ repository, base, head }: Prepared, { workspace }: AgentNode, turn: number) => ({
  ...{ turn, base, head, repository: repository.url, branch: workspace?.base ?? '' },
});
