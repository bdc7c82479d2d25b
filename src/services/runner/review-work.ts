/** What makes a session a review: what it was given, whether somebody waits for it, whether its verdict was said. */
import { isReviewClosed, reviewState, verdictOf } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { nowSeconds } from '../messaging/home.ts';
import type { Runner } from './runner.ts';

type Session = RowOf<'sessions'>;
export type ReviewWork = BodyOf<'task.review'>['review'];

/** What the session is to review; null of any other task. */
export const workIn = (request: BodyOf<'task.request'> | BodyOf<'task.review'>): ReviewWork | null =>
  'review' in request ? request.review : null;

export const reviewOf = (
  { home }: Pick<Runner, 'home'>,
  { request, node }: Session,
): RowOf<'reviews'> | undefined =>
  request === null
    ? undefined
    : home.tables.list('reviews', { message: request }).find(({ reviewer }) => reviewer === node);

export const isReview = (runner: Runner, session: Session): boolean =>
  reviewOf(runner, session) !== undefined;

/** Whoever asked waits for it no more, or its time is over. */
export const isReviewLeft = (runner: Runner, session: Session): boolean => {
  const row = reviewOf(runner, session);
  if (row === undefined) return false;
  const { tables } = runner.home;
  return isReviewClosed(tables, row) || reviewState(tables, row, nowSeconds(runner.home)) === 'over';
};

export const hasVerdict = ({ home }: Runner, session: Session): boolean => {
  const row = reviewOf({ home }, session);
  return row !== undefined && verdictOf(home.tables, row) !== undefined;
};
