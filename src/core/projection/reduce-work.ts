/** Work products: where they are and in which state. */
import type { BodyOf } from '../protocol/table.ts';
import type { Tables } from './tables.ts';
import type { Told } from './told.ts';

export const reduceArtifact = (tables: Tables, told: Told<BodyOf<'artifact.ref'>>): void =>
  put(tables, told.body, 'published', told.from);

export const reduceArtifactObserved = (tables: Tables, told: Told<BodyOf<'artifact.observed'>>): void =>
  put(tables, told.body, told.body.state, told.from);

const put = (
  tables: Tables,
  body: Omit<BodyOf<'artifact.ref'>, 'nonce'>,
  state: string,
  by: string,
): void => {
  const { artifact, session, repository, branch, commit, approval } = body;
  tables.put('artifacts', {
    id: artifact,
    session,
    repository,
    branch,
    commit_id: commit,
    approval,
    state,
    by,
  });
};
