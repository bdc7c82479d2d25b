/** Waiting for the end of a session: how it may end, what is told meanwhile, and what a timeout says. */
import { describe, expect, test } from 'vitest';
import { COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, type startSingleUser, USER_GRAPH } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { SessionWait } from '../../core/command-words.ts';
import { replyToQuestion } from './answers.ts';
import { decide } from './approvals.ts';
import { waitForSession } from './wait.ts';

const OTHER = uuidOf(0xb1);
type Alice = Awaited<ReturnType<typeof startSingleUser>>;
/** What the wait came to, once `during` has happened. */
const waited = async (
  alice: Alice,
  timeoutMs: number,
  during: () => Promise<unknown>,
  told: string[] = [],
  waitFor: SessionWait = 'end',
) => {
  const tell = (text: string) => told.push(text);
  const work = waitForSession(alice.user, SESSION, { timeoutMs, waitFor, tell }).then(
    (session) => ({ session, error: null }),
    (error: unknown) => ({ session: null, error }),
  );
  await during();
  return alice.time.finish('the wait', work);
};

describe('a session that ends', () => {
  test('completed, is shown with its commit and where that is, though the result came first', async () => {
    const { alice, complete, hearArtifact } = await startSingleSession();
    const { session } = await waited(alice, 20_000, async () => {
      await complete({ commit: COMMIT });
      await alice.time.pass(1000);
      await hearArtifact(1, 'd0'.repeat(20));
      await alice.time.pass(1000);
      await hearArtifact(2, COMMIT);
    });
    expect(session!.artifacts.map(({ commit }) => commit)).toEqual(['d0'.repeat(20), COMMIT]);
    expect(alice.time.elapsed()).toBeLessThan(3000);
  });
  test('completed without a commit, is waited for no longer', async () => {
    const { alice, complete } = await startSingleSession();
    const { session } = await waited(alice, 20_000, () => complete({ summary: 'done' }));
    expect(session).toMatchObject({ state: 'completed', summary: 'done', artifacts: [] });
    expect(alice.time.elapsed()).toBeLessThan(1000);
  });
  test('otherwise, is denied with its reason', async () => {
    const { alice, hearResult } = await startSingleSession();
    const { error } = await waited(alice, 20_000, () =>
      hearResult({ state: 'failed', reason: 'remote_moved' }),
    );
    expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('remote_moved') });
  });
  test('because its edge went, is denied although its node can tell nothing', async () => {
    const { alice } = await startSingleSession();
    const text = USER_GRAPH.replace('alice delegates_to builder, ', '');
    const { error } = await waited(alice, 20_000, () => alice.hearRoutes(undefined, text));
    expect(error).toMatchObject({ code: 'denied', message: expect.stringContaining('edge_removed') });
  });
});

describe('a session that goes on', () => {
  test('tells each state once, and what it asks of this person; a timeout names both', async () => {
    const { alice, update } = await startSingleSession();
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

  test('tells a state that comes back again, and of no question that this person answered or another session has', async () => {
    const { alice, update } = await startSingleSession();
    await alice.launch('user', OTHER);
    await alice.askApproval({ approval: uuidOf(0xb2), session: OTHER });
    const told: string[] = [];
    const during = async () => {
      await update('accepted');
      await update('active');
      await alice.askApproval();
      await update('waiting_approval');
      await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'approved');
      await update('active');
    };
    const { error } = await waited(alice, 4000, during, told);
    expect(told.filter((text) => text.startsWith('session'))).toEqual(
      ['requested', 'accepted', 'active', 'waiting_approval', 'active'].map(
        (state) => `session ${SESSION} is ${state}`,
      ),
    );
    expect(told.filter((text) => text.startsWith('waiting'))).toEqual([
      `waiting for your approval: entangle user approve ${APPROVAL}`,
    ]);
    expect(error).toMatchObject({
      message: `session ${SESSION} is still running (state: active, waiting for approval ${APPROVAL})`,
      hint: `see \`entangle user show ${SESSION}\``,
    });
  });
});

test('a session that nobody works on is said to be open, not to be running', async () => {
  const { alice, update } = await startSingleSession();
  const { error } = await waited(alice, 4000, async () => {
    await update('accepted');
    await alice.hearRoutes({ alice: 'user', bob: 'bob' });
  });
  expect(error).toMatchObject({
    code: 'timed_out',
    message: `session ${SESSION} is still open (state: accepted, nobody runs builder now)`,
  });
});

describe('a wait for an approval', () => {
  test('has the state that goes with the question, when that comes after it', async () => {
    const { alice, update } = await startSingleSession();
    const during = async () => {
      await update('accepted');
      await update('active');
      await alice.askApproval();
      await alice.time.pass(1500);
      await update('waiting_approval');
    };
    const { session } = await waited(alice, 20_000, during, [], 'approval');
    expect(session).toMatchObject({ state: 'waiting_approval', approvals: [{ id: APPROVAL }] });
    expect(alice.time.elapsed()).toBeLessThan(2000);
  });
  test('ends when this person is asked, two seconds later at most, whatever state has been told', async () => {
    const { alice, update } = await startSingleSession();
    const during = async () => {
      await update('accepted');
      await alice.askApproval();
    };
    const { session } = await waited(alice, 20_000, during, [], 'approval');
    expect(session).toMatchObject({ state: 'accepted', approvals: [{ id: APPROVAL, state: 'pending' }] });
    expect(alice.time.elapsed()).toBeLessThan(3000);
  });
  test('goes on over one that this person has decided', async () => {
    const { alice } = await startSingleSession();
    await alice.askApproval();
    await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'approved');
    const { error } = await waited(alice, 4000, async () => {}, [], 'approval');
    expect(error).toMatchObject({ code: 'timed_out' });
  });
  test('ends with the session, completed or not', async () => {
    const done = await startSingleSession();
    const { session } = await waited(done.alice, 20_000, () => done.complete({}), [], 'approval');
    expect(session).toMatchObject({ state: 'completed', approvals: [] });
    const lost = await startSingleSession();
    const during = () => lost.hearResult({ state: 'failed', reason: 'remote_moved' });
    const { error } = await waited(lost.alice, 20_000, during, [], 'approval');
    expect(error).toMatchObject({ code: 'denied' });
  });
});

describe('a session whose engine asks something', () => {
  const QUESTION = uuidOf(0xc1);
  const startAsking = async () => {
    const one = await startSingleSession();
    await one.update('accepted');
    await one.update('active');
    const { request } = one.alice.home.tables.get('sessions', SESSION)!;
    const body = { session: SESSION, attempt: 1, step: 2, question: QUESTION, text: 'which port?' };
    const said = { type: 'question', from: 'node', to: 'user', re: request!, session: SESSION } as const;
    return { ...one, ask: () => one.alice.hear({ ...said, body }) };
  };

  test('tells so once, with what answers it; a wait for questions ends there, at once', async () => {
    const { alice, ask } = await startAsking();
    const told: string[] = [];
    const before = alice.time.elapsed();
    const { session } = await waited(alice, 20_000, ask, told, 'question');
    expect(session!.questions).toMatchObject([{ id: QUESTION, state: 'open', title: 'which port?' }]);
    expect(told).toContain(`waiting for your answer: entangle user reply ${QUESTION} "…"  (which port?)`);
    expect(alice.time.elapsed() - before).toBeLessThan(2_000);
  });

  test.each(['end', 'approval'] as const)(
    'goes on where the %s is waited for, and says at last what it waits for',
    async (waitFor) => {
      const { alice, ask } = await startAsking();
      const { error } = await waited(alice, 5_000, ask, [], waitFor);
      expect(error).toMatchObject({
        code: 'timed_out',
        hint: expect.stringContaining(`user reply ${QUESTION}`),
      });
    },
  );

  test('is not said to wait for what was answered, nor taken to be where it was when it asked', async () => {
    const { alice, update, ask } = await startAsking();
    await ask();
    await replyToQuestion(alice.user, alice.home.tables.get('questions', QUESTION)!, '8080');
    const told: string[] = [];
    const during = async () => {
      await alice.askApproval();
      await alice.time.pass(1500);
      await update('waiting_approval');
    };
    const { session } = await waited(alice, 20_000, during, told, 'question');
    expect(session).toMatchObject({ state: 'waiting_approval', questions: [{ state: 'answered' }] });
    expect(told.filter((text) => text.startsWith('waiting for'))).toEqual([
      `waiting for your approval: entangle user approve ${APPROVAL}`,
    ]);
  });

  test('a wait for questions ends with an approval too', async () => {
    const { alice } = await startSingleSession();
    const { session } = await waited(alice, 20_000, () => alice.askApproval(), [], 'question');
    expect(session!.approvals).toMatchObject([{ id: APPROVAL, state: 'pending' }]);
  });
});
