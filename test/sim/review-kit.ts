/** Reviews of the node of a kit, put to alice: asked for, and closed. */
import { digestOf } from '../../src/core/encoding/canonical.ts';
import type { BodyOf } from '../../src/core/protocol/table.ts';
import { nowSeconds } from '../../src/services/messaging/home.ts';
import { uuidOf } from '../support/world.ts';
import type { Forged, MessageKit } from './message-kit.ts';

export type ReviewSubject = BodyOf<'review.request'>['subject'];
export type ChangedReview = Partial<ReviewSubject> & { said?: Partial<BodyOf<'review.request'>> };
export const reviewId = (n: number) => uuidOf(800 + n);

export const reviewSubject = (
  kit: MessageKit,
  n: number,
  changed: Partial<ReviewSubject> = {},
): ReviewSubject => ({
  ...{ domain: 'entangle/review/1', graph: kit.homes.alice.graph, review: reviewId(n) },
  ...{ session: uuidOf(n), attempt: 1, expiresAt: nowSeconds(kit.homes.alice) + 600 },
  ...{ repository: 'https://example.org/app.git', base: 'ba'.repeat(20), commit: 'c0'.repeat(20) },
  ...{ changes: 'cd'.repeat(32), hunks: 'df'.repeat(32), ...changed },
});
export const digested = (kit: MessageKit, subject: ReviewSubject) => ({
  subject,
  subjectDigest: digestOf(kit.homes.alice.suite, subject),
});
/** The nth review, of the nth session unless it is said. */
export const reviewRequest = (
  kit: MessageKit,
  n: number,
  { said, ...changed }: ChangedReview = {},
): Forged => ({
  type: 'review.request',
  from: 'node',
  to: 'alice',
  body: {
    ...{ review: reviewId(n), session: uuidOf(n), attempt: 1, step: 2 },
    ...digested(kit, reviewSubject(kit, n, changed)),
    ...{ diff: ['df'.repeat(32)], size: 120, files: 1, task: 'mend it', path: ['alice', 'node'] },
    launchedBy: kit.who.alice.pubkey,
    ...said,
  },
});
export type ChangedWork = Partial<ReviewSubject> & { said?: Partial<BodyOf<'task.review'>['review']> };
/** One of node2, given to the node as work in a session of its own. */
export const reviewWork = (kit: MessageKit, n: number, { said, ...changed }: ChangedWork = {}): Forged => ({
  type: 'task.review',
  from: 'node2',
  to: 'node',
  body: {
    ...{ session: uuidOf(300 + n), attempt: 1, task: 'mend it' },
    budget: { hops: 1, turns: 1, path: ['alice', 'node2'] },
    review: {
      ...{ ...digested(kit, reviewSubject(kit, n, changed)), step: 2, size: 120, files: 1 },
      pack: { name: 'commit.pack', size: 3, sha256: 'bc'.repeat(32), blobs: ['bc'.repeat(32)] },
      ...said,
    },
  },
});
/** Taken by alice; the id of its message. */
export const reviewAsked = async (kit: MessageKit, n: number, changed: ChangedReview = {}): Promise<string> =>
  (await kit.send(reviewRequest(kit, n, changed) as never)).id;
export const reviewClosed = (kit: MessageKit, re: string, n: number, session = n): Forged => {
  const { subjectDigest } = digested(kit, reviewSubject(kit, n));
  const body = { review: reviewId(n), session: uuidOf(session), subjectDigest };
  return { type: 'review.closed', from: 'node', to: 'alice', re, body };
};
