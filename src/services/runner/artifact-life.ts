/** What becomes of a commit, told to whom it concerns: its requester, whoever decided it, and the Host. */
import { cutText } from '../../core/encoding/cut.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { ArtifactState } from '../../core/vocabulary.ts';
import { artifactDedup } from '../messaging/attribution.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import { keptPack } from './kept-work.ts';
import { lastTurnOf, type Runner, specOfSession } from './runner.ts';
import { branchOf, repositoryOf } from './workspace.ts';

type Session = RowOf<'sessions'>;

/** Where the commit of a turn is, or was to be. */
type Place = Pick<RowOf<'turns'>, 'artifact' | 'approval' | 'commit_id'> & {
  repository: string;
  branch: string;
};

/** Of the last turn, where it left a commit that is not published. */
export const artifactDrafts = async (
  runner: Runner,
  session: Session,
  state: Exclude<ArtifactState, 'published'>,
  why = '',
): Promise<Draft[]> => {
  const turn = lastTurnOf(runner, session);
  if (!turn || turn.commit_id === null) return [];
  if (runner.home.tables.get('artifacts', turn.artifact)?.state === 'published') return [];
  const spec = (await specOfSession(runner, session))?.spec;
  if (!spec?.workspace) return [];
  const { repository } = spec.workspace;
  const place = { ...turn, repository, branch: branchOf(runner, session, spec) };
  const kept =
    state === 'materialized' ? null : await keptPack(runner, repositoryOf(runner, spec, session), turn);
  const more = { ...(why && { why: cutText(why.replaceAll('\n', '; '), 400) }), ...(kept && { kept }) };
  return artifactOf(runner, session, place, state, more);
};

/** Who left the graph, or has no edge that carries it, is told nothing, and holds up nobody. */
export const artifactOf = (
  { home }: Runner,
  session: Session,
  { artifact, approval: id, commit_id: commit, repository, branch }: Place,
  state: ArtifactState,
  more: Pick<BodyOf<'artifact.ref'>, 'why' | 'kept'> = {},
): Draft[] => {
  if (commit === null) return [];
  // Told as made when its approval is asked for, in the same batch
  const isAsked = state === 'materialized' || home.tables.get('approvals', id) !== undefined;
  const approval = isAsked ? id : null;
  const body = { artifact, session: session.id, repository, branch, commit, approval };
  const common = { session: session.id, dedup: artifactDedup(artifact, state) };
  const deciders = home.tables.list('decisions', { approval: id }).map(({ approver }) => approver);
  // Of what is asked about people are told by what is asked
  const people = state === 'materialized' ? [] : [...new Set([session.requester, ...deciders])];
  return [
    ...people
      .filter((to) => !edgeDenial(home, session.node, to, 'artifact.ref', true))
      .map(
        (to): Draft<'artifact.ref'> => ({
          type: 'artifact.ref',
          from: session.node,
          to,
          body: { ...body, ...(state !== 'published' && { state }), ...more },
          ...common,
        }),
      ),
    {
      type: 'artifact.observed',
      from: home.self.pubkey,
      to: home.host,
      body: { ...body, state },
      ...common,
    },
  ];
};
