/** What the graph says of a node's workspace, as git is told it: the repository, the branch, the words of a commit. */
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import { npub } from '../../core/encoding/id.ts';
import { type AgentNode, landingBranch } from '../../core/graph/model.ts';
import { principalOf } from '../../core/graph/named-principals.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { authorOf, branchNameOf, commitMessageOf } from '../../core/source/workspace-names.ts';
import type { Repository } from '../../ports/index.ts';
import { keptWork } from './kept-work.ts';
import { type Runner, specOfSession } from './runner.ts';

/** The store of a repository: one bare clone for each URL, owned by this runner. */
export const repositoryOf = (
  runner: Runner,
  spec: AgentNode,
  session: Pick<RowOf<'sessions'>, 'id'>,
): Repository | null => {
  const { workspace } = spec;
  if (!workspace) return null;
  const id = toHex(runner.home.suite.sha256(utf8(workspace.repository))).slice(0, 24);
  const name = workspace.principal ?? 'entangle';
  const author = authorOf(workspace);
  const principal = principalOf(spec);
  return {
    url: workspace.repository,
    store: `${runner.directory}/git/${id}`,
    principal: author ?? { name, email: `${name}@entangle.invalid` },
    ...(principal !== null && { asks: { session: session.id, principal, isAuthor: author === null } }),
    protocols: runner.protocols,
    runsHooks: runner.repositoryHooks,
  };
};

export const repositoryOfSession = async (
  runner: Runner,
  session: RowOf<'sessions'>,
): Promise<Repository | null> => {
  const found = await specOfSession(runner, session);
  return found && repositoryOf(runner, found.spec, session);
};

const namesOf = (runner: Runner, session: RowOf<'sessions'>) => ({
  node: runner.home.identities.get(session.node)!.name,
  session: session.id,
});

/** That is written when it may be. */
export const branchOf = (runner: Runner, session: RowOf<'sessions'>, spec: AgentNode): string =>
  landingBranch(spec) ?? branchNameOf(spec.workspace?.branch, namesOf(runner, session));

/** Of a commit of the session: `more` stands between its title and its trailers. */
export const messageOf = (
  runner: Runner,
  session: RowOf<'sessions'>,
  { workspace }: AgentNode,
  more: readonly string[] = [],
): string => {
  const change = `I${toHex(runner.home.suite.sha256(utf8(session.id))).slice(0, 40)}`;
  const { title } = session;
  const [key, requester] = [npub(session.node), npub(session.requester)];
  return commitMessageOf(
    workspace ?? {},
    { ...namesOf(runner, session), title, change, key, requester },
    more,
  );
};

/** For the end of a session whose commit is not published: the words of it, and where the commit is kept. */
export const keptSummary = async (
  runner: Runner,
  session: RowOf<'sessions'>,
  { commit_id }: { commit_id: string },
  why = '',
): Promise<{ summary: string; why: string }> => {
  const repository = await repositoryOfSession(runner, session);
  const kept = repository ? keptWork(runner, repository, commit_id) : '';
  return { summary: [why, kept].filter(Boolean).join('\n'), why };
};
