/** Work products: where they are and in which state. */

import { foldInputs } from '../../machines/machine.ts';
import { artifactMachine } from '../../machines/source.ts';
import type { BodyOf } from '../../protocol/table.ts';
import { ARTIFACT_STATES, type ArtifactState } from '../../vocabulary.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { Tables } from '../rows.ts';
import { foldApproval } from './approval.ts';
import { nameBlob } from './blobs.ts';
import { foldSession } from './session.ts';
import { isOf, putTransition } from './transitions.ts';

export const reduceArtifact = (tables: Tables, told: LedgerMessage<BodyOf<'artifact.ref'>>): void => {
  const { kept, state = 'published' } = told.body;
  for (const part of kept?.pack.blobs ?? []) nameBlob(tables, part, told.from, told.to, kept!.pack.size);
  put(tables, told, state);
};

export const reduceArtifactObserved = (
  tables: Tables,
  told: LedgerMessage<BodyOf<'artifact.observed'>>,
): void => put(tables, told, told.body.state);

const put = (tables: Tables, told: LedgerMessage<BodyOf<'artifact.ref'>>, state: ArtifactState): void => {
  const { artifact, session, repository, branch, commit, approval } = told.body;
  const by = told.from;
  const detail = { session, repository, branch, commit_id: commit, approval };
  const step = ARTIFACT_STATES.indexOf(state);
  putTransition(tables, {
    kind: 'artifact',
    id: artifact,
    attempt: 1,
    step,
    by,
    state,
    reason: null,
    detail,
  });
  foldArtifact(tables, artifact);
  foldSession(tables, session, told);
  if (approval !== null) foldApproval(tables, approval);
};

const foldArtifact = (tables: Tables, id: string): void => {
  // In the order of their key, so each owner's by step
  const all = tables.list('transitions', { kind: 'artifact', id }).filter(isOf('artifact'));
  const owner = all.map(({ by }) => by).sort()[0]!;
  const own = all.filter(({ by }) => by === owner);
  const state = foldInputs(
    artifactMachine,
    own.map((one) => one.state),
  );
  const last = own.findLast((one) => one.state === state) ?? own[0]!;
  tables.put('artifacts', { id, by: owner, state, ...last.detail });
};
