/** State rules of reviews: each refuses what no other rule does. */
import { expect } from 'vitest';
import { taskOf, withSibling } from '../../../test/sim/introductions.ts';
import type { Forged, MessageKit } from '../../../test/sim/message-kit.ts';
import { type RuleRow, testRuleRows } from '../../../test/sim/rule-rows.ts';
import { uuidOf } from '../../../test/support/world.ts';
import { MAX_EXPIRES_SECONDS, MAX_REVIEWS } from '../../core/bounds.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { nowSeconds } from './home.ts';

type Subject = BodyOf<'review.request'>['subject'];
type Changed = Partial<Subject> & { said?: Partial<BodyOf<'review.request'>> };
const reviewId = (n: number) => uuidOf(800 + n);

const subjectOf = (kit: MessageKit, n: number, changed: Partial<Subject> = {}): Subject => ({
  ...{ domain: 'entangle/review/1', graph: kit.homes.alice.graph, review: reviewId(n) },
  ...{ session: uuidOf(n), attempt: 1, expiresAt: nowSeconds(kit.homes.alice) + 600 },
  ...{ repository: 'https://example.org/app.git', base: 'ba'.repeat(20), commit: 'c0'.repeat(20) },
  ...{ changes: 'cd'.repeat(32), hunks: 'df'.repeat(32), ...changed },
});
const digested = (kit: MessageKit, subject: Subject) => ({
  subject,
  subjectDigest: digestOf(kit.homes.alice.suite, subject),
});
/** The nth review, of the nth session unless it is said. */
const request = (kit: MessageKit, n: number, { said, ...changed }: Changed = {}): Forged => ({
  type: 'review.request',
  from: 'node',
  to: 'alice',
  body: {
    ...{ review: reviewId(n), session: uuidOf(n), attempt: 1, step: 2 },
    ...digested(kit, subjectOf(kit, n, changed)),
    ...{ diff: ['df'.repeat(32)], size: 120, files: 1, task: 'mend it', path: ['alice', 'node'] },
    launchedBy: kit.who.alice.pubkey,
    ...said,
  },
});
/** Taken by alice; the id of its message. */
const asked = async (kit: MessageKit, n: number, changed: Changed = {}): Promise<string> =>
  (await kit.send(request(kit, n, changed) as never)).id;
const result = (kit: MessageKit, re: string, n: number, changed: Partial<Subject> = {}): Forged => ({
  ...{ type: 'review.result', from: 'alice', to: 'node', re },
  body: { review: reviewId(n), verdict: 'pass', ...digested(kit, subjectOf(kit, n, changed)) },
});
const closed = (kit: MessageKit, re: string, n: number, session = n): Forged => {
  const { subjectDigest } = digested(kit, subjectOf(kit, n));
  const body = { review: reviewId(n), session: uuidOf(session), subjectDigest };
  return { type: 'review.closed', from: 'node', to: 'alice', re, body };
};
const launch = (kit: MessageKit, n: number, to: 'node' | 'sibling' = 'node') =>
  kit.send({ type: 'task.request', from: 'alice', to, body: taskOf(n) });

const wrong = (what: string, changed: (kit: MessageKit) => Changed): RuleRow => ({
  rule: `review.request: ${what}`,
  reason: 'wrong_subject',
  given: async (kit) => ({ refused: request(kit, 1, changed(kit)), allowed: request(kit, 1) }),
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
      expect(await kit.tell(request(kit, 1))).toBe('accepted');
      return { refused: request(kit, 1, { commit: 'c1'.repeat(20) }), allowed: request(kit, 2) };
    },
  },
  {
    rule: 'review.request: two files of one name with the task',
    reason: 'bad_attachment',
    given: async (kit) => {
      const file = { name: 'a', size: 1, sha256: '0f'.repeat(32), blobs: ['0f'.repeat(32)] };
      const attached = [file, file];
      return { refused: request(kit, 1, { said: { attached } }), allowed: request(kit, 1) };
    },
  },
  {
    rule: 'T115 review.request: of a session that was given to another node',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      await launch(kit, 1);
      await launch(kit, 2, 'sibling');
      return { refused: request(kit, 2), allowed: request(kit, 1) };
    },
  },
  {
    rule: 'T113 review.request: one that stays open for ever',
    reason: 'expires_too_late',
    given: async (kit) => {
      const last = nowSeconds(kit.homes.alice) + MAX_EXPIRES_SECONDS + 7 * 86_400;
      return {
        refused: request(kit, 1, { expiresAt: last + 60 }),
        allowed: request(kit, 2, { expiresAt: last - 60 }),
      };
    },
  },
  {
    rule: 'review.request: one more than a session may ask for',
    reason: 'too_many_reviews',
    given: async (kit) => {
      const of = (n: number) => request(kit, 10 + n, { session: uuidOf(1), said: { session: uuidOf(1) } });
      for (let n = 1; n <= MAX_REVIEWS; n++) expect(await kit.tell(of(n))).toBe('accepted');
      return { refused: of(MAX_REVIEWS + 1), allowed: request(kit, 2) };
    },
  },
  {
    rule: 'review.request: one more than may be open of a node',
    reason: 'too_many_open',
    given: async (kit) => {
      for (let n = 1; n <= 100; n++) expect(await kit.tell(request(kit, n))).toBe('accepted');
      // The same again is no other one
      return { refused: request(kit, 101), allowed: request(kit, 1) };
    },
  },
];

const ENDS: RuleRow[] = [
  {
    rule: 'review.closed: by another node than asked',
    reason: 'not_yours',
    given: async (kit) => {
      await withSibling(kit);
      const re = await asked(kit, 1);
      const other = (await kit.send({ ...request(kit, 2), from: 'sibling' } as never)).id;
      return { refused: { ...closed(kit, other, 1), from: 'sibling' }, allowed: closed(kit, re, 1) };
    },
  },
  {
    rule: 'review.closed: of another session',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await asked(kit, 1);
      return { refused: closed(kit, re, 1, 2), allowed: closed(kit, re, 1) };
    },
  },
  {
    rule: 'review.closed: of another subject',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await asked(kit, 1);
      const refused = closed(kit, re, 1);
      const body = { ...(refused.body as object), subjectDigest: '00'.repeat(32) };
      return { refused: { ...refused, body } as Forged, allowed: closed(kit, re, 1) };
    },
  },
];

const RESULTS: RuleRow[] = [
  {
    rule: 'review.result: of a review that this node did not ask for',
    reason: 'not_asked',
    given: async (kit) => {
      const re = await asked(kit, 1);
      return { refused: result(kit, re, 2), allowed: result(kit, re, 1) };
    },
  },
  {
    rule: 'review.result: of another subject than was asked',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await asked(kit, 1);
      return { refused: result(kit, re, 1, { commit: 'c1'.repeat(20) }), allowed: result(kit, re, 1) };
    },
  },
  {
    rule: 'review.result: in answer to another request than it names',
    reason: 'wrong_subject',
    given: async (kit) => {
      const re = await asked(kit, 1);
      const other = await asked(kit, 2);
      return { refused: result(kit, other, 1), allowed: result(kit, re, 1) };
    },
  },
  {
    rule: 'review.result: once more',
    reason: 'already_answered',
    given: async (kit) => {
      const re = await asked(kit, 1);
      const other = await asked(kit, 2);
      expect(await kit.tell(result(kit, re, 1))).toBe('accepted');
      return { refused: result(kit, re, 1), allowed: result(kit, other, 2) };
    },
  },
  {
    rule: 'review.result: after its node closed it',
    reason: 'late: review_over',
    given: async (kit) => {
      const re = await asked(kit, 1);
      const other = await asked(kit, 2);
      await kit.send(closed(kit, re, 1) as never);
      return { refused: result(kit, re, 1), allowed: result(kit, other, 2) };
    },
  },
];

testRuleRows([...REQUESTS, ...ENDS, ...RESULTS]);
