/** What the engine of a turn still waited for when the turn ended: nobody else would say why there was no answer. */
import { questionState, reviewState } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { nowSeconds } from '../messaging/home.ts';
import { handedOn } from './handoff.ts';
import type { Runner } from './runner.ts';
import { childrenOf, isReviewGiven } from './waiting.ts';

type Asked = { what: string; of: string; message: string | null };

/** Whether who was asked has acknowledged it. */
export const isReached = ({ home }: Runner, message: string | null): boolean =>
  message !== null && home.tables.get('outbox', message) === undefined;

/** Of questions, escalations, reviews and tasks: each in a sentence, by whether it was taken at all. */
export const unanswered = (runner: Runner, session: RowOf<'sessions'>): string[] => {
  const { home } = runner;
  const { tables } = home;
  const { id, attempt } = session;
  const questions = tables
    .list('questions', { session: id })
    .filter((row) => row.attempt === attempt && questionState(tables, row) === 'open')
    .map(({ kind, asked, message }): Asked => ({ what: `answer to the ${kind}`, of: asked, message }));
  const reviews = tables
    .list('reviews', { session: id })
    .filter((row) => row.attempt === attempt && reviewState(tables, row, nowSeconds(home)) === 'open')
    .map(({ reviewer, message }): Asked => ({ what: 'verdict', of: reviewer, message }));
  const handed = handedOn(runner, session);
  // A review stands for its session, and nobody waits for what was handed off
  const given = childrenOf(home, session)
    .filter((child) => child.id !== handed?.id && !isReviewGiven(home, child))
    .map(({ node, request }): Asked => ({ what: 'end of what was given', of: node, message: request }));
  return [...questions, ...reviews, ...given].map(({ what, of, message }) => {
    const name = tables.list('peers', { owner: session.node, pubkey: of })[0]?.name ?? 'who was asked';
    const isTaken = isReached(runner, message);
    return `no ${what} of ${name}: ${isTaken ? 'it took it, and the turn ended first' : 'it was not reached before the turn ended'}`;
  });
};
