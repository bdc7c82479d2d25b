/** Waiting for the end of a session: how it may end, what is told meanwhile, and what a timeout says. */
import { describe, expect, test } from 'vitest';
import { APPROVAL, SESSION, startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { waitForSession } from './wait.ts';

type Alice = Awaited<ReturnType<typeof startSingleUser>>;
const COMMIT = 'c0'.repeat(20);
const launched = async () => {
  const alice = await startSingleUser();
  const { request } = await alice.launch();
  type Result = Partial<BodyOf<'task.result'>>;
  let step = 0;
  const hearResult = (body: Result) =>
    alice.hear({
      type: 'task.result',
      from: 'node',
      to: 'user',
      re: request!,
      body: { session: SESSION, attempt: 1, step: ++step, state: 'completed', ...body },
    });
  const update = (state: 'accepted' | 'active' | 'waiting_approval') =>
    alice.hear({
      type: state === 'accepted' ? 'task.accept' : 'task.update',
      from: 'node',
      to: 'user',
      re: request!,
      body: { session: SESSION, attempt: 1, step: ++step, state },
    });
  /** Completes only what is at work. */
  const complete = async (body: Result) => {
    await update('accepted');
    await update('active');
    return hearResult(body);
  };
  return { alice, hearResult, complete, update };
};
const hearArtifact = (alice: Alice, n: number, commit: string) => {
  const where = { repository: 'file:///repository', branch: 'b', approval: null };
  const body = { artifact: uuidOf(0xf0 + n), session: SESSION, commit, ...where };
  return alice.hear({ type: 'artifact.ref', from: 'node', to: 'user', body });
};
/** What the wait came to, once `during` has happened. */
const waited = async (
  alice: Alice,
  timeoutMs: number,
  during: () => Promise<unknown>,
  told: string[] = [],
) => {
  const work = waitForSession(alice.user, SESSION, { timeoutMs, tell: (text) => told.push(text) }).then(
    (session) => ({ session, error: null }),
    (error: unknown) => ({ session: null, error }),
  );
  await during();
  return alice.time.finish('the wait', work);
};

describe('a session that ends', () => {
  test('completed, is shown with its commit and where that is, though the result came first', async () => {
    const { alice, complete } = await launched();
    const { session } = await waited(alice, 20_000, async () => {
      await complete({ commit: COMMIT });
      await alice.time.pass(1000);
      await hearArtifact(alice, 1, 'd0'.repeat(20));
      await alice.time.pass(1000);
      await hearArtifact(alice, 2, COMMIT);
    });
    expect(session!.artifacts.map(({ commit }) => commit)).toEqual(['d0'.repeat(20), COMMIT]);
    expect(alice.time.elapsed()).toBeLessThan(3000);
  });
  test('completed without a commit, is waited for no longer', async () => {
    const { alice, complete } = await launched();
    const { session } = await waited(alice, 20_000, () => complete({ summary: 'done' }));
    expect(session).toMatchObject({ state: 'completed', summary: 'done', artifacts: [] });
    expect(alice.time.elapsed()).toBeLessThan(1000);
  });
  test('completed, and nobody says where its commit is: it is completed all the same', async () => {
    const { alice, complete } = await launched();
    const { session } = await waited(alice, 5000, () => complete({ commit: COMMIT }));
    expect(session).toMatchObject({ state: 'completed', commit: COMMIT, artifacts: [] });
  });
  test('otherwise, is denied with its reason', async () => {
    const { alice, hearResult } = await launched();
    const { error } = await waited(alice, 20_000, () =>
      hearResult({ state: 'failed', reason: 'remote_moved' }),
    );
    expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('remote_moved') });
  });
  test('because its edge went, is denied although its node can tell nothing', async () => {
    const { alice } = await launched();
    const text = USER_GRAPH.replace('alice delegates_to builder, ', '');
    const { error } = await waited(alice, 20_000, () => alice.hearRoutes(undefined, text));
    expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('edge_removed') });
  });
});

describe('a session that goes on', () => {
  test('tells each state once, and what it asks of this person; a timeout names both', async () => {
    const { alice, update } = await launched();
    const told: string[] = [];
    const during = async () => {
      await update('accepted');
      await update('active');
      await alice.askApproval();
      await update('waiting_approval');
      await alice.time.pass(3000);
    };
    const { error } = await waited(alice, 4000, during, told);
    expect(told).toEqual([
      `session ${SESSION} is requested`,
      `session ${SESSION} is accepted`,
      `session ${SESSION} is active`,
      `waiting for your approval: entangle user approve ${APPROVAL}`,
      `session ${SESSION} is waiting_approval`,
    ]);
    expect(error).toMatchObject({
      code: 'timed_out',
      message: expect.stringContaining(APPROVAL),
      hint: expect.stringContaining(`entangle user approve ${APPROVAL}`),
      details: [{ session: SESSION, state: 'waiting_approval', approvals: [APPROVAL] }],
    });
  });
});
