/** A session told from its request on: each row once, in order, until it is over. */
import { expect, test } from 'vitest';
import { COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { REVIEW, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { replyToQuestion } from './answers.ts';
import { decide } from './approvals.ts';
import { reissue } from './requests.ts';
import { giveVerdict } from './reviewing.ts';
import { type Traced, traceSession } from './trace.ts';

const OTHER = uuidOf(0xb1);

const begun = async (follow: boolean) => {
  const one = await startSingleSession();
  const { alice } = one;
  let at = 0;
  const print = (text: string) => {
    const body = {
      session: SESSION,
      attempt: 1,
      turn: 1,
      run: 'ab'.repeat(8),
      at,
      bytes: Buffer.byteLength(text),
      text,
    };
    at += body.bytes;
    return alice.hear({ type: 'turn.trace', from: 'node', to: 'user', body });
  };
  await one.update('accepted');
  const rows: Traced[] = [];
  const stop = new AbortController();
  const tracing = traceSession(alice.user, SESSION.slice(-8), { follow, signal: stop.signal }, (row) => {
    rows.push(row);
  });
  const words = () =>
    rows.map((row) =>
      row.is === 'signed' ? `${row.type} ${row.detail}` : row.is === 'printed' ? row.text : row.bytes,
    );
  return { ...one, print, rows, words, tracing, stop };
};

test('what was signed so far, by whom and when, and then it ends', async () => {
  const { alice, rows, words, tracing } = await begun(false);
  await alice.time.finish('the trace', tracing);
  expect(alice.time.elapsed()).toBe(0);
  expect(words()).toEqual(['task.request null', 'task.accept accepted']);
  expect(rows.map(({ signer }) => signer)).toEqual(['alice', 'builder']);
  expect(rows.every(({ at }) => /^\d{4}-\d\d-\d\dT[\d:]{8}/.test(at))).toBe(true);
  expect(
    rows.every(
      ({ id }) => alice.home.tables.get('messages', id, 'in') ?? alice.home.tables.get('messages', id, 'out'),
    ),
  ).toBe(true);
});

test('followed, it tells what comes, whole lines alone, and the rest when the session is over', async () => {
  const { alice, print, words, update, hearResult, tracing } = await begun(true);
  await update('active');
  await print('one\ntw');
  await alice.time.pass(2_000);
  const before = ['task.request null', 'task.accept accepted', 'task.update active', 'one'];
  expect(words()).toEqual(before);
  await print('o\nthr');
  await hearResult({ commit: COMMIT });
  // Relays may give the last of it after the result
  await alice.time.pass(500);
  await print('ee');
  await alice.time.finish('the trace', tracing);
  expect(words()).toEqual([...before, 'two', 'task.result completed', 'three']);
});

test('where the commit is known before the result, both are told', async () => {
  const { alice, words, update, hearArtifact, hearResult, tracing } = await begun(true);
  await update('active');
  await hearArtifact(1, COMMIT);
  expect(alice.home.tables.get('sessions', SESSION)!.state).toBe('completed');
  await alice.time.pass(500);
  await hearResult({ commit: COMMIT });
  await alice.time.finish('the trace', tracing);
  expect(words().at(-1)).toBe('task.result completed');
});

test('who was asked about a session of somebody else follows it while that question is open', async () => {
  const alice = await startSingleUser();
  await alice.hearRoutes();
  const { approval, subjectDigest, event } = await alice.askApproval({ launchedBy: alice.actors.bob.pubkey });
  const rows: Traced[] = [];
  const options = { follow: true, signal: new AbortController().signal };
  const tracing = traceSession(alice.user, approval.slice(0, 8), options, (row) => {
    rows.push(row);
  });
  const body = { session: SESSION, attempt: 1, turn: 1, run: 'ab'.repeat(8), at: 0, bytes: 3, text: 'hi\n' };
  await alice.hear({ type: 'turn.trace', from: 'node', to: 'user', body });
  await alice.time.pass(1_000);
  expect(rows.map((row) => row.is)).toEqual(['signed', 'printed']);
  const closed = { approval, session: SESSION, state: 'expired' as const, subjectDigest };
  await alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body: closed });
  await alice.time.finish('the trace', tracing);
  await expect(traceSession(alice.user, 'absent', options, () => {})).rejects.toMatchObject({
    code: 'not_found',
  });
});

/** What one that only looks tells of the session. */
const told = async (alice: Awaited<ReturnType<typeof startSingleUser>>, follow = false) => {
  const rows: string[] = [];
  const options = { follow, signal: new AbortController().signal };
  const tracing = traceSession(alice.user, SESSION, options, (row) => {
    rows.push(row.is === 'signed' ? `${row.signer}: ${row.type} ${row.detail}` : `${row.is} ${row.detail}`);
  });
  await alice.time.finish('the trace', tracing);
  return rows;
};

test('each is told with what it is about and why, and none of another session', async () => {
  const { alice, update } = await startSingleSession();
  await alice.launch('user', OTHER);
  await update('accepted');
  await update('active');
  const { request } = alice.home.tables.get('sessions', SESSION)!;
  const body = { session: SESSION, attempt: 1, step: 2, question: OTHER, text: 'which port?' };
  await alice.hear({ type: 'question', from: 'node', to: 'user', re: request!, body });
  await replyToQuestion(alice.user, alice.home.tables.get('questions', OTHER)!, '8080');
  await alice.askReview();
  await giveVerdict(alice.user, alice.home.tables.get('reviews', REVIEW)!, 'changes', { reason: 'a test' });
  const { approval } = await alice.askApproval();
  await decide(alice.user, alice.home.tables.get('approvals', approval)!, 'rejected', { reason: 'no' });
  const trace = { session: SESSION, attempt: 1, turn: 1, run: 'ab'.repeat(8), at: 0, bytes: 3, text: 'hi\n' };
  await alice.hear({ type: 'turn.trace', from: 'node', to: 'user', body: trace });
  expect(await told(alice)).toEqual([
    'alice: task.request null',
    'builder: task.accept accepted',
    'builder: task.update active',
    'builder: question which port?',
    'alice: reply 8080',
    `builder: review.request ${REVIEW}`,
    'alice: review.result changes: a test',
    `builder: approval.request ${approval}`,
    'alice: approval.response rejected: no',
    'printed null',
  ]);
});

test('a task that was asked again says at which attempt', async () => {
  const alice = await startSingleUser();
  await alice.launch();
  await alice.hearRoutes({ builder: 'peer' });
  await reissue(alice.home, alice.user.exchange);
  expect(await told(alice)).toEqual(['alice: task.request null', 'alice: task.request attempt 2']);
});

test('one that is over is not waited for, though it is followed', async () => {
  const { alice, complete } = await startSingleSession();
  await complete();
  expect((await told(alice, true)).at(-1)).toBe('builder: task.result completed');
  expect(alice.time.elapsed()).toBe(0);
});

test('who was asked to review it alone follows it while that is open', async () => {
  const alice = await startSingleUser();
  const { event, subjectDigest } = await alice.askReview();
  const rows: Traced[] = [];
  const options = { follow: true, signal: new AbortController().signal };
  const tracing = traceSession(alice.user, SESSION, options, (row) => {
    rows.push(row);
  });
  await alice.time.pass(1_000);
  expect(rows).toHaveLength(1);
  const body = { review: REVIEW, session: SESSION, subjectDigest: subjectDigest.slice('sha256:'.length) };
  await alice.hear({ type: 'review.closed', from: 'node', to: 'user', re: event.id, body });
  await alice.time.finish('the trace', tracing);
  expect(rows).toHaveLength(2);
});

test('a session of somebody else goes on behind changes that were wanted, until its last approval is closed', async () => {
  const alice = await startSingleUser();
  const [first, second, foreign] = [uuidOf(0xc2), uuidOf(0xc9), uuidOf(0xc3)];
  const ask = async (approval: string, session = SESSION) => {
    const { event, subjectDigest } = await alice.askApproval({ approval, session });
    return (state: 'superseded' | 'approved' | 'withdrawn') => {
      const body = { approval, session, state, subjectDigest };
      return alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
    };
  };
  const close = await ask(first);
  let isOver = false;
  const tracing = told(alice, true).finally(() => {
    isOver = true;
  });
  const goesOn = async () => {
    await alice.time.pass(5_000);
    return !isOver;
  };
  expect(await goesOn()).toBe(true);
  // What another session asked, later and still open, says nothing of this one
  await ask(foreign, OTHER);
  await close('superseded');
  expect(await goesOn()).toBe(true);
  const closeSecond = await ask(second);
  expect(await goesOn()).toBe(true);
  await closeSecond('approved');
  await tracing;
  expect(isOver).toBe(true);
});

test('and not behind one that was closed while another one is open', async () => {
  const alice = await startSingleUser();
  await alice.askApproval();
  const { event, subjectDigest } = await alice.askApproval({ approval: OTHER });
  const body = { approval: OTHER, session: SESSION, state: 'withdrawn' as const, subjectDigest };
  await alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
  const stop = new AbortController();
  let isOver = false;
  const tracing = traceSession(alice.user, SESSION, { follow: true, signal: stop.signal }, () => {}).then(
    () => {
      isOver = true;
    },
  );
  await alice.time.pass(5_000);
  expect(isOver).toBe(false);
  stop.abort();
  await alice.time.finish('the trace', tracing);
});

test('an interrupt ends it at once', async () => {
  const { alice, words, tracing, stop } = await begun(true);
  await alice.time.pass(1_000);
  const before = alice.time.elapsed();
  stop.abort();
  await alice.time.finish('the trace', tracing);
  expect(alice.time.elapsed() - before).toBeLessThan(100);
  expect(words()).toEqual(['task.request null', 'task.accept accepted']);
});
