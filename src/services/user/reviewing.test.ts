/** What an engine asks this person to review: shown from the bytes, answered once, and no longer than somebody waits. */
import { expect, test } from 'vitest';
import { startSingleSession } from '../../../test/sim/single-session.ts';
import { APPROVAL, REVIEW, SESSION, startSingleUser } from '../../../test/sim/single-user.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { liveView } from './live.ts';
import { pickReview } from './pick.ts';
import { giveVerdict, showReview } from './reviewing.ts';
import { reviewsForMe } from './reviews.ts';
import { showThing } from './show.ts';
import { inbox, sessionView } from './views.ts';

/** A turn of hers that asks; `step` 2 is where its session is. */
const startAsked = async () => {
  const one = await startSingleSession();
  const { alice, update } = one;
  await update('accepted');
  await update('active');
  const asked = await alice.askReview();
  return { ...one, asked, row: () => pickReview(alice.home, REVIEW) };
};

test('stands in the inbox, on the screen, and with its session', async () => {
  const { alice } = await startAsked();
  const found = {
    what: 'review',
    id: REVIEW,
    session: SESSION,
    node: 'builder',
    title: 'is it safe?',
    state: 'open',
  };
  expect(inbox(alice.home, false).items).toMatchObject([found, { what: 'session', id: SESSION }]);
  expect(liveView(alice.user).items).toMatchObject([found]);
  const session = alice.home.tables.get('sessions', SESSION)!;
  expect(sessionView(alice.home, session).reviews).toMatchObject([{ id: REVIEW, state: 'open' }]);
});

test('is shown with its change, and with the edge that lets her say something', async () => {
  const { alice, row, asked } = await startAsked();
  expect(await showReview(alice.user, row(), 0)).toMatchObject({
    ...{
      what: 'review',
      id: REVIEW,
      request: row().message,
      state: 'open',
      note: 'is it safe?',
      task: 'write',
    },
    ...{ repository: 'file:///repository', commit: 'c0'.repeat(20), subjectDigest: asked.subjectDigest },
    ...{
      allowed: { edge: 'alice reviews builder' },
      files: [{ path: 'README.md', added: 1 }],
      verdict: null,
    },
  });
  expect((await showReview(alice.user, row(), 0)).diff).toContain('+hello');
});

test('of other bytes than its digests are of is not shown', async () => {
  const { alice, row } = await startSingleUser().then((alice) => ({
    alice,
    row: () => pickReview(alice.home, REVIEW),
  }));
  await alice.askReview({ hunks: 'df'.repeat(32) });
  await expect(showReview(alice.user, row(), 0)).rejects.toMatchObject({
    message: 'the received change does not match the review’s digest',
    hint: 'say so: `entangle user review REVIEW --changes -m "…"`',
  });
});

test('is answered once, to the node that asked, in answer to its message, about its subject', async () => {
  const { alice, row, asked } = await startAsked();
  const { message } = row();
  const given = await giveVerdict(alice.user, row(), 'pass', { shown: asked.subjectDigest });
  expect(given).toMatchObject({ review: REVIEW, verdict: 'pass', session: SESSION, node: 'builder' });
  const [said, ...more] = alice.said('review.result');
  expect(said).toMatchObject({
    to: alice.actors.node.pubkey,
    body: { review: REVIEW, verdict: 'pass', subject: asked.subject },
  });
  expect(said!.event.tags).toContainEqual(['e', message]);
  expect(more).toEqual([]);
  expect(reviewsForMe(alice.home)).toEqual([]);
  expect(await showThing(alice.user, REVIEW, 0)).toMatchObject({ state: 'pass', verdict: 'pass' });
  // The same again is the same
  expect(await giveVerdict(alice.user, row(), 'pass')).toEqual(given);
  await expect(giveVerdict(alice.user, row(), 'changes', { reason: 'x' })).rejects.toThrow(
    'you already found it good',
  );
  await expect(giveVerdict(alice.user, row(), 'pass', { reason: 'x' })).rejects.toThrow('with other words');
  expect(alice.said('review.result')).toHaveLength(1);
});

test('of another subject than was shown is not signed, nor are changes without words', async () => {
  const { alice, row } = await startAsked();
  const other = giveVerdict(alice.user, row(), 'pass', { shown: `sha256:${'00'.repeat(32)}` });
  await expect(other).rejects.toThrow('the review is of something else than was shown; nothing was signed');
  for (const reason of [undefined, '', ' \n'])
    await expect(giveVerdict(alice.user, row(), 'changes', { reason })).rejects.toMatchObject({
      code: 'usage',
    });
  expect(alice.said('review.result')).toEqual([]);
});

type Asked = Awaited<ReturnType<typeof startAsked>>;
const closes = ({ alice, asked, row }: Asked) =>
  alice.hear({
    ...{ type: 'review.closed', from: 'node', to: 'user', re: row().message },
    body: { review: REVIEW, session: SESSION, subjectDigest: asked.subjectDigest.slice('sha256:'.length) },
  });
test.each<[string, (one: Asked) => Promise<unknown>]>([
  ['its turn is over', (one) => one.update('waiting_approval')],
  ['its session is', (one) => one.hearResult({ state: 'failed' })],
  ['its node closed it', closes],
  ['its time is over', ({ alice }) => alice.time.pass(601_000)],
  [
    'another key runs its node',
    ({ alice }) => alice.hearRoutes({ alice: 'user', bob: 'bob', builder: 'peer' }),
  ],
])('is not waited for any more, nor answered, where %s', async (_what, end) => {
  const one = await startAsked();
  // As a prompt has it that a person thinks at
  const looked = one.row();
  expect(reviewsForMe(one.alice.home)).toHaveLength(1);
  await end(one);
  expect(reviewsForMe(one.alice.home)).toEqual([]);
  for (const row of [one.row(), looked])
    await expect(giveVerdict(one.alice.user, row, 'pass')).rejects.toMatchObject({
      code: 'conflict',
      message: 'nobody waits for this review any more: the turn that asked is over',
    });
  expect(one.alice.said('review.result')).toEqual([]);
});

test('of a task of somebody else is found by its session, which asks nothing else', async () => {
  const alice = await startSingleUser();
  const session = uuidOf(0xb1);
  await alice.askReview({ session });
  expect(pickReview(alice.home, session).id).toBe(REVIEW);
  expect(pickReview(alice.home, REVIEW.slice(-6)).id).toBe(REVIEW);
  expect(await showThing(alice.user, session, 0)).toMatchObject({ what: 'review', id: REVIEW });
  await alice.askReview({ session, review: uuidOf(0xa4) });
  expect(() => pickReview(alice.home, session)).toThrow('matches more than one review');
  expect(() => pickReview(alice.home, 'nosuchid')).toThrow('no review "nosuchid"');
  await alice.askApproval({ session });
  expect(await showThing(alice.user, session, 0)).toMatchObject({ what: 'approval', id: APPROVAL });
});
