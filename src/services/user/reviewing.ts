/** One review with its change, and what this person says of it. */
import { MOST_BRIEF } from '../../core/bounds.ts';
import { npub } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { titleOf } from '../../core/projection/title.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { ReviewState, ReviewVerdict } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { carry, requireCarried, wholeOf } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { allowedBy } from './allowed.ts';
import { handedOver } from './ask.ts';
import { type AskedCommit, type AskedView, askedView } from './asked-view.ts';
import { nameOf } from './peers.ts';
import { ownVerdict, stateOfReview } from './reviews.ts';
import { shownChange } from './shown-change.ts';
import type { User } from './user.ts';

type Review = RowOf<'reviews'>;

export type ReviewView = AskedView &
  AskedCommit & {
    what: 'review';
    state: ReviewState;
    /** What the engine wants looked at; null where it did not say. */
    note: string | null;
    repository: string;
    /** Commit that the change is to. */
    base: string;
    verdict: ReviewVerdict | null;
    reason: string | null;
  };

/** The request that was put to this person. */
const requestOf = async ({ home }: User, row: Review): Promise<BodyOf<'review.request'>> => {
  const body =
    row.reviewer === home.self.pubkey ? await readBody<BodyOf<'review.request'>>(home, row.message) : null;
  if (!body) throw new EntangleError('not_found', 'you were not asked to review this');
  return body;
};

export const showReview = async (user: User, row: Review, waitMs: number): Promise<ReviewView> => {
  const body = await requestOf(user, row);
  const { repository, base, commit } = body.subject;
  const deadline = user.home.clock.monotonic() + waitMs;
  return {
    what: 'review',
    ...(await askedView(user, { row, body, message: row.message, deadline })),
    commit,
    ...(await shownChange(user, body, { what: 'review', deadline })),
    state: stateOfReview(user.home, row),
    title: titleOf(body.note ?? body.task),
    allowed: allowedBy(user.home, row.node, 'review.result'),
    note: body.note ?? null,
    ...{ repository, base },
    ...ownVerdict(user.home, row),
  };
};

/** What a reviewer did who said so. */
export const REVIEWED: Readonly<Record<ReviewVerdict, string>> = {
  pass: 'found it good',
  changes: 'asked for changes of it',
};

/** Refuses what this person said otherwise, and what nobody waits for any more: as it is now, not as it was looked at. */
export const requireReviewable = (home: Home, looked: Review, verdict: ReviewVerdict): void => {
  const row = home.tables.get('reviews', looked.id) ?? looked;
  const state = stateOfReview(home, row);
  const own = ownVerdict(home, row).verdict;
  const show = { hint: `see \`entangle user show ${row.id}\`` };
  if (own !== null && own !== verdict)
    throw new EntangleError('conflict', `you already ${REVIEWED[own]}; a verdict cannot be changed`, show);
  if (state === 'over')
    throw new EntangleError(
      'conflict',
      'nobody waits for this review any more: the turn that asked is over',
      show,
    );
};

export type Reviewed = {
  review: string;
  verdict: ReviewVerdict;
  reviewer: string;
  subjectDigest: string;
  session: string;
  node: string;
};

type Given = { reason?: string | undefined; shown?: string };

/** Signs one verdict about one subject: the one with the digest that was `shown`, where something was. */
export const giveVerdict = async (
  user: User,
  row: Review,
  verdict: ReviewVerdict,
  { reason, shown }: Given = {},
): Promise<Reviewed> => {
  const { home, exchange } = user;
  const body = await requestOf(user, row);
  const subjectDigest = `sha256:${body.subjectDigest}`;
  if (shown !== undefined && shown !== subjectDigest)
    throw new EntangleError(
      'conflict',
      'the review is of something else than was shown; nothing was signed',
      {
        hint: `see what it is of: \`entangle user show ${row.id}\``,
      },
    );
  if (verdict === 'changes' && !reason?.trim())
    throw new EntangleError('usage', 'the agent needs words to go on with', {
      hint: 'give them with --message',
    });
  requireReviewable(home, row, verdict);
  const text = reason ? await carry(home, requireCarried('a verdict', reason), MOST_BRIEF) : null;
  const result: Draft<'review.result'> = {
    type: 'review.result',
    from: home.self.pubkey,
    to: row.node,
    body: {
      review: row.id,
      verdict,
      subject: body.subject,
      subjectDigest: body.subjectDigest,
      ...(text ? { reason: text.head, ...wholeOf(text) } : {}),
    },
    re: row.message,
    dedup: `review:${row.id}`,
  };
  await exchange.send(() => {
    // Again: of two that were begun together one was signed, and the other would pass for it
    requireReviewable(home, row, verdict);
    return ownVerdict(home, row).verdict === null ? [result] : [];
  });
  const said = await readBody<BodyOf<'review.result'>>(home, signedOf(home, row));
  if (said?.reason !== text?.head || said?.whole?.sha256 !== text?.whole?.sha256)
    throw new EntangleError('conflict', `you already ${REVIEWED[verdict]}, with other words`, {
      hint: `see \`entangle user show ${row.id}\``,
    });
  const node = nameOf(home, row.node);
  if (text?.whole) await handedOver(user, [text.whole.sha256], { pubkey: row.node, name: node });
  return {
    ...{ review: row.id, verdict, reviewer: npub(home.self.pubkey), subjectDigest },
    ...{ session: row.session, node },
  };
};

const signedOf = ({ tables }: Home, { id, reviewer }: Review): string | null =>
  tables.get('verdicts', id, reviewer)?.message ?? null;
