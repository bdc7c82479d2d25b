/** What a wait says at the end of a session: the reason, what a person said of it, or the last line of the node's. */
import { describe, expect, test } from 'vitest';
import { COMMIT, startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { askAndWait, waitForSession } from './wait.ts';

type Row = { when: string; said: Partial<BodyOf<'task.result'>>; message: string; hint?: string };
const LAST = `why ${'not '.repeat(200)}so`;
const ALL = `read all it said: \`entangle user show ${SESSION}\``;
const ENDS: readonly Row[] = [
  {
    when: 'somebody rejected it, and said why',
    said: { state: 'failed', reason: 'approval_rejected', summary: 'rejected by bob: not so' },
    message: 'failed: approval_rejected (rejected by bob: not so)',
  },
  {
    when: 'its requester cancelled it, and said why',
    said: { state: 'cancelled', reason: 'cancelled_by_requester', summary: 'cancelled by alice: done' },
    message: 'cancelled: cancelled_by_requester (cancelled by alice: done)',
  },
  {
    when: 'an operator ended it, and said why in several lines',
    said: {
      ...{ state: 'cancelled', reason: 'cancelled_by_host' },
      summary: 'cancelled by the Host: too dear\nask again tomorrow',
    },
    message: 'cancelled: cancelled_by_host (cancelled by the Host: too dear\nask again tomorrow)',
  },
  {
    when: 'somebody rejected it, and did not say why',
    said: { state: 'failed', reason: 'approval_rejected' },
    message: 'failed: approval_rejected',
  },
  {
    when: 'it failed, and its node printed something',
    said: { state: 'failed', reason: 'engine_failed', summary: `first\n${LAST}\n\n` },
    message: `failed: engine_failed (${LAST})`,
    hint: ALL,
  },
  {
    when: 'it failed without a word',
    said: { state: 'failed', reason: 'engine_failed' },
    message: 'failed: engine_failed',
  },
  {
    when: 'it printed nothing but blanks',
    said: { state: 'failed', reason: 'engine_failed', summary: ' \n' },
    message: 'failed: engine_failed',
  },
  {
    when: 'it failed without a reason',
    said: { state: 'failed', summary: 'why' },
    message: 'failed: no reason given (why)',
    hint: ALL,
  },
];

describe('a wait is denied where', () => {
  test.each(ENDS)('$when', async ({ said, message, hint }) => {
    const { alice, hearResult } = await startSingleSession();
    await hearResult(said);
    const work = waitForSession(alice.user, SESSION, { timeoutMs: 1000 });
    await expect(work).rejects.toMatchObject({
      code: 'denied',
      message: `session ${SESSION} ${message}`,
      hint,
    });
    expect(alice.time.elapsed()).toBe(0);
  });
});

describe('a completed session whose commit nobody placed', () => {
  test.each([
    [5000, 5000],
    [600_000, 30_000],
  ])('with %d ms left is waited for %d ms more', async (timeoutMs, more) => {
    const { alice, complete } = await startSingleSession();
    await complete({ commit: COMMIT });
    const before = alice.time.elapsed();
    const work = waitForSession(alice.user, SESSION, { timeoutMs });
    expect(await alice.time.finish('the session', work)).toMatchObject({ commit: COMMIT, artifacts: [] });
    expect(alice.time.elapsed() - before).toBe(more);
  });
});

describe('a task that is asked', () => {
  test('without a wait, is told as requested', async () => {
    const { home, user, time } = await startSingleUser();
    const asked = await time.finish('the request', askAndWait(user, 'builder', { task: 'write' }, null));
    expect(asked).toEqual({
      session: home.tables.list('sessions')[0]!.id,
      node: 'builder',
      state: 'requested',
    });
  });

  test('with one, is told as it ended', async () => {
    const alice = await startSingleUser();
    const work = askAndWait(alice.user, 'builder', { task: 'write' }, { timeoutMs: 60_000 });
    const { event, body } = await alice.time.until('the request', () => alice.said('task.request')[0]);
    const place = { session: body.session, attempt: 1 };
    const said = { from: 'node', to: 'user', re: event.id } as const;
    await alice.hear({ ...said, type: 'task.accept', body: { ...place, step: 1, state: 'accepted' } });
    await alice.hear({ ...said, type: 'task.update', body: { ...place, step: 2, state: 'active' } });
    await alice.hear({ ...said, type: 'task.result', body: { ...place, step: 3, state: 'completed' } });
    expect(await alice.time.finish('the end', work)).toMatchObject({
      id: body.session,
      state: 'completed',
    });
  });

  test('with one that is over before it, goes on: how to see it is said', async () => {
    const alice = await startSingleUser();
    const work = askAndWait(alice.user, 'builder', { task: 'write' }, { timeoutMs: 1000 });
    const { body } = await alice.time.until('the request', () => alice.said('task.request')[0]);
    await expect(alice.time.finish('the end', work)).rejects.toMatchObject({
      code: 'timed_out',
      message: `session ${body.session} is still running (state: requested)`,
      hint: `see \`entangle user show ${body.session}\``,
      details: [{ session: body.session, state: 'requested', approvals: [] }],
    });
  });
});

test('a wait that is over names the questions that are open, and none that was closed', async () => {
  const { alice } = await startSingleSession();
  const closed = uuidOf(0xb2);
  const { event, subjectDigest } = await alice.askApproval({ approval: closed });
  const body = { approval: closed, session: SESSION, state: 'withdrawn' as const, subjectDigest };
  await alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
  await alice.askApproval();
  const work = waitForSession(alice.user, SESSION, { timeoutMs: 1000 });
  await expect(alice.time.finish('the end', work)).rejects.toMatchObject({
    message: `session ${SESSION} is still running (state: requested, waiting for approval ${APPROVAL})`,
    hint: `approve it with \`entangle user approve ${APPROVAL}\``,
    details: [{ approvals: [APPROVAL] }],
  });
});
