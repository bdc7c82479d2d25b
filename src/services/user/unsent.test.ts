/** What was signed and nobody is known to have: each by what it says, from when on, and whether it would still count. */
import { describe, expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, REVIEW, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { UNREACHED_MS, UNSENT_MS } from '../../core/bounds.ts';
import { userRows } from '../../core/protocol/messages/a2a.ts';
import { replyToQuestion } from './answers.ts';
import { decide } from './approvals.ts';
import { cancel } from './ask.ts';
import { inboxPage, liveView } from './live.ts';
import { publishOnceMore } from './publish-again.ts';
import { giveVerdict } from './reviewing.ts';
import { areRelaysAsked, unsentRows } from './unsent.ts';

const QUESTION = uuidOf(0xb4);
const start = async (refuses = true) => {
  const one = await startSingleSession();
  await one.alice.acknowledge();
  one.alice.relay.refuses = () => refuses;
  return one;
};
type Alice = Awaited<ReturnType<typeof start>>['alice'];
const states = (alice: Alice) => unsentRows(alice.user).map(({ type, state }) => `${type} ${state}`);

describe('what no relay has', () => {
  test('is told after five seconds, once it was tried, and goes when a relay took it', async () => {
    const { alice } = await start();
    await alice.launch('user', uuidOf(0xb5));
    await alice.time.pass(UNSENT_MS - 500);
    expect(states(alice)).toEqual([]);
    await alice.time.pass(500);
    expect(states(alice)).toEqual(['task.request unrelayed']);
    alice.relay.refuses = () => false;
    await alice.time.pass(4_000);
    expect(states(alice)).toEqual([]);
  });

  test('says what relays say', async () => {
    const { alice } = await start();
    const [url = ''] = alice.home.relays;
    alice.home.tables.put('relays', { relay: url, state: 'closed', detail: 'no room', at: 1 });
    await alice.launch('user', uuidOf(0xb5));
    await alice.time.pass(UNSENT_MS);
    expect(unsentRows(alice.user)[0]?.relays).toEqual([`${url} (closed): no room`]);
  });
});

describe('what a relay has and its recipient has not acknowledged', () => {
  test('is told after ten seconds, and goes with the acknowledgement', async () => {
    const { alice } = await start(false);
    await alice.launch('user', uuidOf(0xb5));
    await alice.time.pass(UNREACHED_MS - 500);
    expect(states(alice)).toEqual([]);
    await alice.time.pass(500);
    expect(states(alice)).toEqual(['task.request unacknowledged']);
    await alice.acknowledge();
    expect(states(alice)).toEqual([]);
  });

  test('is told as that where no relay is met: nobody here knows of one', async () => {
    const { alice } = await start();
    await alice.launch('user', uuidOf(0xb5));
    await alice.time.pass(UNREACHED_MS);
    const exchange = { ...alice.user.exchange, isRelayed: () => null };
    expect(unsentRows({ ...alice.user, exchange })).toMatchObject([{ state: 'unacknowledged', relays: [] }]);
  });
});

test('each says what was signed, of what, and to whom', async () => {
  const { alice, update } = await start();
  await update('accepted');
  await update('active');
  const { request, ...session } = alice.home.tables.get('sessions', SESSION)!;
  const asked = { session: SESSION, attempt: 1, step: 2, question: QUESTION, text: 'which port?' };
  await alice.hear({ type: 'question', from: 'node', to: 'user', re: request!, body: asked });
  await replyToQuestion(alice.user, alice.home.tables.get('questions', QUESTION)!, '8080');
  await alice.askApproval();
  await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'rejected', { reason: 'not so' });
  await alice.askReview();
  await giveVerdict(alice.user, alice.home.tables.get('reviews', REVIEW)!, 'changes', { reason: 'smaller' });
  await cancel(alice.user, { ...session, request }, 'no');
  const once = publishOnceMore(alice.user, SESSION, UNREACHED_MS).catch(() => undefined);
  await alice.launch('user', uuidOf(0xb5));
  await alice.time.finish('that nobody answers', once);
  const rows = unsentRows(alice.user);
  const since = expect.stringMatching(/^\d{4}-.*Z$/);
  const own = { node: 'builder', since, session: SESSION, words: null, expires: null, subjectDigest: null };
  const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
  const consent = { ...own, subjectDigest: digest, expires: since, isLate: false };
  expect(rows).toMatchObject([
    { ...own, session: uuidOf(0xb5), type: 'task.request', title: 'task: write', isLate: false },
    { ...own, type: 'publish.request', title: 'once more to publish: write', isLate: false },
    { ...own, type: 'task.cancel', title: 'end of the task: write' },
    { ...consent, type: 'review.result', title: 'asked for changes of it: is it safe?', words: 'smaller' },
    { ...consent, type: 'approval.response', title: 'rejected it: write', words: 'not so' },
    { ...own, type: 'reply', title: 'answer to: which port?', isLate: false },
  ]);
  const all = [...Object.keys(userRows), 'review.result'].filter((type) => type !== 'user.hello');
  expect(rows.map(({ type }) => type).sort()).toEqual(all.sort());
});

test('a hello that the Host never acknowledged is one of them', async () => {
  const alice = await startSingleUser();
  await alice.time.pass(UNREACHED_MS);
  expect(unsentRows(alice.user)).toMatchObject([
    { type: 'user.hello', node: 'host', session: null, title: 'that you are there' },
  ]);
});

test('a request for bytes is nobody’s decision, and none of them', async () => {
  const { alice } = await start();
  await alice.askApproval();
  alice.home.disk.blobs.clear();
  await alice.time.pass(UNREACHED_MS * 2);
  expect(alice.home.tables.count('outbox', { type: 'blob.get' })).toBe(1);
  expect(states(alice)).toEqual([]);
  expect(liveView(alice.user).unsent).toBe(0);
});

describe('late is', () => {
  const late = (alice: Alice) => unsentRows(alice.user).map(({ type, isLate }) => [type, isLate]);

  test('a decision whose approval has expired or is closed', async () => {
    const { alice } = await start();
    const { event, subjectDigest } = await alice.askApproval();
    await decide(alice.user, alice.home.tables.get('approvals', APPROVAL)!, 'rejected');
    await alice.time.pass(UNREACHED_MS);
    expect(late(alice)).toEqual([['approval.response', false]]);
    await alice.time.pass(3_600_000);
    expect(late(alice)).toEqual([['approval.response', true]]);
    const other = await start();
    await other.alice.askApproval();
    await decide(other.alice.user, other.alice.home.tables.get('approvals', APPROVAL)!, 'rejected');
    await other.alice.time.pass(UNREACHED_MS);
    const body = { approval: APPROVAL, session: SESSION, state: 'withdrawn' as const, subjectDigest };
    await other.alice.hear({ type: 'approval.closed', from: 'node', to: 'user', re: event.id, body });
    expect(other.alice.home.tables.get('approvals', APPROVAL)?.open).toBe(0);
    expect(late(other.alice)).toEqual([['approval.response', true]]);
  });

  test('a verdict whose review has expired or is closed', async () => {
    const { alice } = await start();
    await alice.askReview();
    await giveVerdict(alice.user, alice.home.tables.get('reviews', REVIEW)!, 'pass');
    await alice.time.pass(UNREACHED_MS);
    expect(late(alice)).toEqual([['review.result', false]]);
    await alice.time.pass(600_000);
    expect(late(alice)).toEqual([['review.result', true]]);
    const other = await start();
    const asked = await other.alice.askReview();
    await giveVerdict(other.alice.user, other.alice.home.tables.get('reviews', REVIEW)!, 'pass');
    await other.alice.time.pass(UNREACHED_MS);
    expect(late(other.alice)).toEqual([['review.result', false]]);
    await other.alice.hear({
      ...{ type: 'review.closed', from: 'node', to: 'user', re: asked.event.id },
      body: { review: REVIEW, session: SESSION, subjectDigest: asked.subjectDigest.slice('sha256:'.length) },
    });
    expect(late(other.alice)).toEqual([['review.result', true]]);
  });

  test('an answer whose turn is over, and the end of a session that has ended', async () => {
    const { alice, update, hearResult } = await start();
    await update('accepted');
    await update('active');
    const session = alice.home.tables.get('sessions', SESSION)!;
    const asked = { session: SESSION, attempt: 1, step: 2, question: QUESTION, text: 'which port?' };
    await alice.hear({ type: 'question', from: 'node', to: 'user', re: session.request!, body: asked });
    await replyToQuestion(alice.user, alice.home.tables.get('questions', QUESTION)!, '8080');
    await cancel(alice.user, session, 'no');
    await alice.time.pass(UNREACHED_MS);
    expect(late(alice)).toEqual([
      ['task.cancel', false],
      ['reply', false],
    ]);
    await hearResult({ state: 'failed' });
    expect(late(alice)).toEqual([
      ['task.cancel', true],
      ['reply', true],
    ]);
  });
});

test('what waits for a decision stands before it, and what runs after it', async () => {
  const { alice } = await start(false);
  await alice.launch('user', uuidOf(0xb5));
  await alice.askApproval();
  await alice.time.pass(UNREACHED_MS);
  const kinds = liveView(alice.user).items.map(({ what }) => what);
  expect(kinds).toEqual(['approval', 'unsent', 'session']);
  expect(liveView(alice.user).unsent).toBe(1);
});

test('a page of the inbox has it on the first page, when the relays have answered', async () => {
  const { alice } = await start();
  await alice.launch('user', uuidOf(0xb5));
  const { tables } = alice.home;
  const page = async (cursor?: number) =>
    (await alice.time.finish('a page', inboxPage(alice.user, false, { cursor, waitMs: 2_000 }))).items.map(
      ({ what }) => what,
    );
  await alice.time.pass(UNREACHED_MS);
  expect(await page()).toEqual(['unsent', 'session', 'session']);
  expect(await page(tables.get('sessions', uuidOf(0xb5))!.line + 1)).toEqual(['session', 'session']);
  let known: boolean | null = null;
  const exchange = { ...alice.user.exchange, isRelayed: () => known };
  const user = { ...alice.user, exchange };
  expect(areRelaysAsked(user)).toBe(false);
  const before = alice.time.elapsed();
  const asking = inboxPage(user, false, { waitMs: 2_000 });
  void alice.time.clock.sleep(700).then(() => {
    known = false;
  });
  // What comes in the meantime is on the page too
  await alice.askApproval();
  const { items } = await alice.time.finish('a page', asking);
  expect(items[0]).toMatchObject({ what: 'unsent', state: 'unrelayed' });
  expect(items[1]).toMatchObject({ what: 'approval' });
  expect(alice.time.elapsed() - before).toBeLessThan(1_500);
  expect(
    areRelaysAsked({ ...user, exchange: { ...exchange, isRelayed: () => null, relays: () => [] } }),
  ).toBe(true);
});
