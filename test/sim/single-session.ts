/** Alice's home with a session that she launched, and what its node says of it, step by step. */
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { uuidOf } from '../support/world.ts';
import { SESSION, startSingleUser } from './single-user.ts';

type Result = Partial<BodyOf<'task.result'>>;
export const COMMIT = 'c0'.repeat(20);
export const artifactOf = (n: number): string => uuidOf(0xf0 + n);

export const startSingleSession = async () => {
  const alice = await startSingleUser();
  const { request } = await alice.launch();
  const said = { from: 'node', to: 'user', re: request!, session: SESSION } as const;
  const place = { session: SESSION, attempt: 1 };
  let step = 0;
  const hearResult = (body: Result) =>
    alice.hear({
      ...said,
      type: 'task.result',
      body: { ...place, step: ++step, state: 'completed', ...body },
    });
  const update = (state: 'accepted' | 'active' | 'waiting_approval') =>
    alice.hear({
      ...said,
      type: state === 'accepted' ? 'task.accept' : 'task.update',
      body: { ...place, step: ++step, state },
    });
  /** Completes only what is at work. */
  const complete = async (body: Result = {}) => {
    await update('accepted');
    await update('active');
    return hearResult(body);
  };
  const hearArtifact = (n: number, commit: string) => {
    const where = { repository: 'file:///repository', branch: 'b', approval: null };
    const body = { artifact: artifactOf(n), session: SESSION, commit, ...where };
    return alice.hear({ type: 'artifact.ref', from: 'node', to: 'user', body });
  };
  return { alice, hearResult, complete, update, hearArtifact };
};
