/** What running turns ask this person to look at. */
import { shownTime } from '../../core/encoding/time.ts';
import { reviewState, verdictOf } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { askedRow } from './asked-row.ts';
import { isPeer, isRunningPeer, peersOf } from './peers.ts';

type Review = RowOf<'reviews'>;

export const stateOfReview = (home: Home, row: Review) => {
  const state = reviewState(home.tables, row, nowSeconds(home));
  return state === 'open' && !isPeer(home, row.node) ? 'over' : state;
};

/** What this person said, and why, as far as a list has it. */
export const ownVerdict = ({ tables }: Home, row: Review) => {
  const { verdict = null, reason = null } = verdictOf(tables, row) ?? {};
  return { verdict, reason };
};

export const reviewRow = (home: Home, row: Review) => ({
  ...askedRow(home, row),
  state: stateOfReview(home, row),
  since: shownTime(row.at),
  ...ownVerdict(home, row),
});

const isMine = (home: Home, row: Review): boolean => row.reviewer === home.self.pubkey;

/** Of a session, those that were put to this person, in the order in which they came. */
export const reviewsOf = (home: Home, session: string): Review[] =>
  home.tables
    .list('reviews', { session })
    .filter((row) => isMine(home, row))
    .sort((a, b) => a.line - b.line);

/** Peer by peer, as approvals are: what waits for this person. */
export const reviewsForMe = (home: Home): Review[] =>
  peersOf(home)
    .filter(isRunningPeer)
    .flatMap(({ pubkey }) => home.tables.list('reviews', { node: pubkey, open: 1 }))
    .filter((row) => isMine(home, row) && stateOfReview(home, row) === 'open');
