/** State rules of reviews: each refuses what no other rule does. */
import { expect } from 'vitest';
import { questionOf, taskOf, tellRoutes, withSibling } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import {
  type ChangedReview,
  digested,
  type ReviewSubject,
  reviewAsked,
  reviewClosed,
  reviewId,
  reviewRequest,
  reviewSubject,
  reviewWork,
} from '../../../test/sim/review-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_EXPIRES_SECONDS, MAX_REVIEWS } from '../../core/bounds.ts';
import { nowSeconds } from './home.ts';

const result = (kit: MessageKit, re: string, n: number, changed: Partial<ReviewSubject> = {}): Forged => ({
  ...{ type: 'review.result', from: 'alice', to: 'node', re },
  body: { review: reviewId(n), verdict: 'pass', ...digested(kit, reviewSubject(kit, n, changed)) },
});
const launch = (kit: MessageKit, n: number, to: 'node' | 'sibling' = 'node') =>
  kit.send({ type: 'task.request', from: 'alice', to, body: taskOf(n) });

const wrong = (what: string, changed: (kit: MessageKit) => ChangedReview): RuleRow => ({
  rule: `review.request: ${what}`,
  reason: 'wrong_subject',
  given: async (kit) => ({ refused: reviewRequest(kit, 1, changed(kit)), allowed: reviewRequest(kit, 1) }),
});

const REQUESTS: RuleRow[] = [
  wrong('a digest that is not of its subject', () => ({ said: { subjectDigest: '00'.repeat(32) } })),
  wrong('a subject of another graph', () => ({ graph: `${'ab'.repeat(32)}/other` })),
  wrong('a subject of another session', () => ({ session: uuidOf(9), said: { session: uuidOf(1) } })),
  wrong('a subject of another attempt', () => ({ attempt: 2 })),
  wrong('a subject of another review', () => ({ review: reviewId(9) })),
  {
    rule: 'review.request: another subject under the id that was asked',
    reason: 'wrong_subject',
    given: async (kit) => {
      expect(await kit.tell(reviewRequest(kit, 1))).toBe('accepted');
      return { refused: reviewRequest(kit, 1, { commit: 'c1'.repeat(20) }), allowed: reviewRequest(kit, 2) };
    },
  },
  {
    rule: 'review.request: other words about the same subject under the id that was asked',
    reason: 'wrong_subject',
    given: async (kit) => {
      expect(await kit.tell(reviewRequest(kit, 1))).toBe('accepted');
      return {
        refused: reviewRequest(kit, 1, { said: { note: 'is it short?' } }),
        allowed: reviewRequest(kit, 2),
      };
    },
  },
  {
    rule: 'T54 review.request: under the id of an approval, so that who answers one would sign the other',
    reason: 'wrong_subject',
    given: async (kit) => {
      const body = questionOf(kit, 1);
      const review = body.approval;
      await kit.send({ type: 'approval.request', from: 'node', to: 'alice', body });
      return { refused: reviewRequest(kit, 1, { review, said: { review } }), allowed: reviewRequest(kit, 1) };
    },
  },
  {
    rule: 'T54 approval.request: under the id of a review',
    reason: 'wrong_subject',
    given: async (kit) => {
      await reviewAsked(kit, 1);
      const approval = (n: number, id: string): Forged => {
        const body = { ...questionOf(kit, n, { approval: id }), approval: id };
        return { type: 'approval.request', from: 'node', to: 'alice', body };
      };
      return { refused: approval(1, reviewId(1)), allowed: approval(2, reviewId(2)) };
    },
  },
  {
    rule: 'review.request: two files of one name with the task',
    reason: 'bad_attachment',
    given: async (kit) => {
      const file = { name: 'a', size: 1, sha256: '0f'.repeat(32), blobs: ['0f'.repeat(32)] };
      const attached = [file, file];
      return { refused: reviewRequest(kit, 1, { said: { attached } }), allowed: reviewRequest(kit, 1) };
    },
  },
  {
    rule: 'T115 review.request: of a session that was given to another node',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      await launch(kit, 1);
      await launch(kit, 2, 'sibling');
      return { refused: reviewRequest(kit, 2), allowed: reviewRequest(kit, 1) };
    },
  },
  {
    rule: 'T113 review.request: one that stays open for ever',
    reason: 'expires_too_late',
    given: async (kit) => {
      const last = nowSeconds(kit.homes.alice) + MAX_EXPIRES_SECONDS + 7 * 86_400;
      return {
        refused: reviewRequest(kit, 1, { expiresAt: last + 60 }),
        allowed: reviewRequest(kit, 2, { expiresAt: last - 60 }),
      };
    },
  },
  {
    rule: 'review.request: one more than a session may ask for',
    reason: 'too_many_reviews',
    given: async (kit) => {
      const of = (n: number) =>
        reviewRequest(kit, 10 + n, { session: uuidOf(1), said: { session: uuidOf(1) } });
      for (let n = 1; n <= MAX_REVIEWS; n++) expect(await kit.tell(of(n))).toBe('accepted');
      await withSibling(kit);
      // What another node says of that session takes nothing of its own
      return { refused: of(MAX_REVIEWS + 1), allowed: { ...of(MAX_REVIEWS + 2), from: 'sibling' } };
    },
  },
  {
    rule: 'review.request: one more than may be open of a node',
    reason: 'too_many_open',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      for (let n = 2; n <= 100; n++) expect(await kit.tell(reviewRequest(kit, n))).toBe('accepted');
      const allowed = async () => {
        await kit.send(reviewClosed(kit, re, 1) as never);
        return reviewRequest(kit, 102);
      };
      return { refused: reviewRequest(kit, 101), allowed };
    },
  },
];

const withAsker = (kit: MessageKit) => tellRoutes(kit, 'node', ['alice', 'bob', 'node2'], 2);
const ofWork = (
  what: string,
  given: (kit: MessageKit) => Promise<Forged> | Forged,
  reason = 'wrong_subject',
): RuleRow => ({
  rule: `T140 task.review: ${what}`,
  reason,
  given: async (kit) => {
    await withAsker(kit);
    return { refused: await given(kit), allowed: reviewWork(kit, 2) };
  },
});
const WORK: RuleRow[] = [
  ofWork('a digest that is not of its subject', (kit) =>
    reviewWork(kit, 1, { said: { subjectDigest: '00'.repeat(32) } }),
  ),
  ofWork('a subject of another graph', (kit) => reviewWork(kit, 1, { graph: `${'ab'.repeat(32)}/other` })),
  ofWork('another subject under the id that was asked', async (kit) => {
    expect(await kit.tell(reviewWork(kit, 1))).toBe('accepted');
    return reviewWork(kit, 3, { review: reviewId(1), commit: 'c1'.repeat(20) });
  }),
  ofWork(
    'in a session that another gave',
    async (kit) => {
      const work = reviewWork(kit, 1);
      const { session } = work.body as { session: string };
      await kit.send({ type: 'task.request', from: 'alice', to: 'node', body: { ...taskOf(1), session } });
      return work;
    },
    'session_taken',
  ),
];

const ENDS: RuleRow[] = [
  {
    rule: 'review.closed: by another node than asked',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      const re = await reviewAsked(kit, 1);
      const other = (await kit.send({ ...reviewRequest(kit, 2), from: 'sibling' } as never)).id;
      return {
        refused: { ...reviewClosed(kit, other, 1), from: 'sibling' },
        allowed: reviewClosed(kit, re, 1),
      };
    },
  },
  {
    rule: 'review.closed: of another session',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      return { refused: reviewClosed(kit, re, 1, 2), allowed: reviewClosed(kit, re, 1) };
    },
  },
  {
    rule: 'review.closed: of another subject',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      const refused = reviewClosed(kit, re, 1);
      const body = { ...(refused.body as object), subjectDigest: '00'.repeat(32) };
      return { refused: { ...refused, body } as Forged, allowed: reviewClosed(kit, re, 1) };
    },
  },
  {
    rule: 'review.closed: in answer to the request of another review',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      const other = await reviewAsked(kit, 2);
      return { refused: reviewClosed(kit, other, 1), allowed: reviewClosed(kit, re, 1) };
    },
  },
];

const RESULTS: RuleRow[] = [
  {
    rule: 'review.result: of a review that this node did not ask for',
    reason: 'not_asked',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      return { refused: result(kit, re, 2), allowed: result(kit, re, 1) };
    },
  },
  {
    rule: 'review.result: of another subject than was asked',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      return { refused: result(kit, re, 1, { commit: 'c1'.repeat(20) }), allowed: result(kit, re, 1) };
    },
  },
  {
    rule: 'review.result: in answer to another request than it names',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      const other = await reviewAsked(kit, 2);
      return { refused: result(kit, other, 1), allowed: result(kit, re, 1) };
    },
  },
  {
    rule: 'review.result: once more',
    reason: 'already_answered',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      const other = await reviewAsked(kit, 2);
      expect(await kit.tell(result(kit, re, 1))).toBe('accepted');
      return { refused: result(kit, re, 1), allowed: result(kit, other, 2) };
    },
  },
  {
    rule: 'review.result: after its node closed it',
    reason: 'late: review_over',
    given: async (kit) => {
      const re = await reviewAsked(kit, 1);
      const other = await reviewAsked(kit, 2);
      await kit.send(reviewClosed(kit, re, 1) as never);
      return { refused: result(kit, re, 1), allowed: result(kit, other, 2) };
    },
  },
];

testRuleRows([...REQUESTS, ...WORK, ...ENDS, ...RESULTS]);
