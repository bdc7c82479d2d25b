/** A person, or another agent, looks at what a running turn has made so far; the turn waits for what they say. */
import { MAX_PATH, MAX_REVIEWS, MOST_BRIEF } from '../../core/bounds.ts';
import type { DirectiveSaid } from '../../core/directives.ts';
import { digestOf } from '../../core/encoding/canonical.ts';
import { derivedId } from '../../core/encoding/id.ts';
import { isReviewOver, reviewState, verdictInTime, verdictOf } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Draft } from '../../core/protocol/compose.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import type { ReviewVerdict } from '../../core/vocabulary.ts';
import { attachedOf } from '../messaging/attached.ts';
import { edgeDenial, edgeDenialTo } from '../messaging/authorization-context.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import { carry, wholeOf } from '../messaging/long-text.ts';
import { readBody } from '../messaging/read-event.ts';
import { type Allowance, share } from './budget.ts';
import {
  type DirectingTurn,
  type DirectiveAnswer,
  nextKey,
  type Refused,
  refusalOf,
  refused,
  type SoFar,
  speaker,
  unshown,
  waitForAnswer,
} from './directive.ts';
import { reviewFailure, reviewTask } from './review-task.ts';
import type { Runner } from './runner.ts';
import { TOO_MANY_REVIEWS } from './so-far.ts';
import { talkOf } from './talk.ts';
import { isReached } from './unanswered.ts';

type Wanted = DirectiveSaid<'request_review'>;

/** Whoever follows the turn reads whom it asks, and what came of it. */
export const requestReview = async (turn: DirectingTurn, wanted: Wanted): Promise<DirectiveAnswer> => {
  turn.tell(`asks ${wanted.to} for a review`);
  const answer = await reviewed(turn, wanted);
  const { to } = wanted;
  turn.tell(
    answer.ok ? `verdict of ${to}: ${answer.verdict}` : `no verdict of ${to}: ${answer.error.message}`,
  );
  return answer;
};

const reviewed = async (turn: DirectingTurn, wanted: Wanted): Promise<DirectiveAnswer> => {
  const { runner, session } = turn;
  const { home } = runner;
  const me = speaker(turn, 'asks');
  if ('ok' in me) return me;
  const reviewer = reviewerOf(turn, me.name, wanted.to);
  if ('ok' in reviewer) return reviewer;
  try {
    const made = await turn.soFar();
    if (!made) return refused('nothing_changed', 'there is no change to review yet');
    if ('ok' in made) return made;
    // A turn that runs again and has made the same asks the same
    const said = `review ${wanted.to} ${made.changes} ${wanted.note ?? ''}`;
    const { key, take } = nextKey(turn, said);
    const id = derivedId(session.id, key);
    const giveBack = take();
    // Counted when a turn runs again, too: what it gave away is with the reviewer
    const budget = reviewer.isAgent ? share(turn.allowance, me.name, wanted.to) : null;
    const objection = home.tables.get('reviews', id)
      ? null
      : await ask(turn, { id, key, ...wanted, reviewer, made, budget }).catch(refusalOf);
    if (objection === null) return verdictOn(turn, id, wanted.to);
    giveBack();
    turn.allowance.turns += budget?.turns ?? 0;
    return objection;
  } catch (error) {
    return refusalOf(error);
  }
};

const reviewerOf = (
  { runner: { home }, session }: DirectingTurn,
  me: string,
  to: string,
): Reviewer | Refused => {
  const [peer] = home.tables.list('peers', { owner: session.node, name: to });
  const isAgent = peer?.kind === 'agent';
  const denial = edgeDenialTo(home, session.node, to, isAgent ? 'task.review' : 'review.request');
  if (!peer || denial)
    return refused(denial ?? 'no_edge', `the graph has no edge "${to} reviews ${me}" (${denial})`);
  if (!peer.pubkey) return refused('not_running', `"${to}" is not running anywhere now`);
  return { name: to, pubkey: peer.pubkey, isAgent };
};

type Reviewer = { name: string; pubkey: string; isAgent: boolean };
type Asked = Omit<Wanted, 'to'> & {
  id: string;
  key: string;
  reviewer: Reviewer;
  made: SoFar;
  budget: Allowance | null;
};
const ask = async (turn: DirectingTurn, asked: Asked): Promise<Refused | null> => {
  const { runner, session, task, isOver } = turn;
  const { id, key, reviewer, note, made, budget } = asked;
  const { home, exchange } = runner;
  const request = await readBody<BodyOf<'task.request'>>(home, session.request);
  if (!request) return refused('cancelled', 'the task of this turn is not here any more');
  const { text } = await talkOf(runner, session, task, made.changes);
  const carried = await carry(home, text, MOST_BRIEF);
  const { diff, size, files, ...change } = made;
  const subject = {
    ...{ domain: 'entangle/review/1' as const, graph: home.graph, review: id },
    ...{ session: session.id, attempt: session.attempt, ...change },
  };
  // As it is now: the turn may be the second of its attempt
  const { step = session.step } = home.tables.get('sessions', session.id) ?? {};
  const name = home.identities.get(session.node)?.name ?? '';
  const hasRoom = () => home.tables.count('reviews', { session: session.id }) < MAX_REVIEWS;
  const outcome = () => {
    if (home.tables.get('reviews', id)) return null;
    return isOver() ? refused('cancelled', 'the turn ended before it was asked') : TOO_MANY_REVIEWS;
  };
  if (reviewer.isAgent) {
    const work = { subject, step, size, files, ...(note === undefined ? {} : { note }) };
    const said = await reviewTask(turn, { ...reviewer, text: carried, key, budget, review: work });
    if (!Array.isArray(said)) return said;
    await exchange.send(() => (!isOver() && hasRoom() ? said : []));
    return outcome();
  }
  const review: Draft<'review.request'> = {
    type: 'review.request',
    from: session.node,
    to: reviewer.pubkey,
    body: {
      ...{ review: id, session: session.id, attempt: session.attempt, step },
      ...{ subject, subjectDigest: digestOf(home.suite, subject), diff, size, files },
      ...(note === undefined ? {} : { note }),
      ...{ task: carried.head, ...wholeOf(carried), ...attachedOf(request.attached) },
      ...{ path: [...request.budget.path, name].slice(-MAX_PATH), launchedBy: session.requester },
    },
    dedup: `review:${key.slice(0, 32)}`,
  };
  await exchange.send(() => (!isOver() && hasRoom() ? [review] : []));
  return outcome();
};

const verdictOn = (turn: DirectingTurn, review: string, of: string): Promise<DirectiveAnswer> => {
  const { runner, session, task } = turn;
  const { home } = runner;
  return waitForAnswer(turn, async () => {
    const row = home.tables.get('reviews', review);
    const given = row && verdictInTime(home.tables, row);
    if (row && given) {
      const told = (await talkOf(runner, session, task)).verdicts.get(review);
      if (told === null) return unshown('verdict');
      return told === undefined ? null : { ok: true, ...answerOf(given.verdict, row, told) };
    }
    const failed = row && reviewFailure(turn, row);
    if (failed) return failed;
    return row && mayComeYet(home, row) ? null : notInTime(runner, row, of);
  });
};
const notInTime = (runner: Runner, row: RowOf<'reviews'> | undefined, of: string): Refused => {
  const why = isReached(runner, row?.message ?? null) ? 'it took it, and said nothing' : 'it was not reached';
  return refused('cancelled', `"${of}" did not review it in time: ${why}`);
};
/** Between two nodes of this home a verdict is known when it is sent; it counts when it has arrived. */
const mayComeYet = (home: Home, row: RowOf<'reviews'>): boolean => {
  const given = verdictOf(home.tables, row);
  if (given) return home.tables.get('messages', given.message, 'in') === undefined;
  return !isReviewOver(home.tables, row, nowSeconds(home));
};
const answerOf = (verdict: ReviewVerdict, { id }: RowOf<'reviews'>, words: string) => ({
  ...{ verdict, review: id },
  ...(words === '' ? {} : { words }),
});

/** The verdict was said, its session goes on, and the task that asked is over. */
const answeredAndLeft = ({ tables }: Home, node: string): RowOf<'reviews'>[] =>
  tables
    .list('sessions', { open: 1 })
    .flatMap(({ requester, request }) =>
      requester === node && request !== null ? tables.list('reviews', { message: request }) : [],
    )
    .filter((row) => row.open === 0 && tables.get('sessions', row.session)?.open === 0);

/** A reviewer is not left with what its turn, and so nobody, waits for any more. */
export const closeReviews = async (runner: Runner, node: string): Promise<void> => {
  const { home, exchange } = runner;
  const { tables } = home;
  const waiting = tables
    .list('reviews', { node, open: 1 })
    .filter((row) => reviewState(tables, row, nowSeconds(home)) === 'over');
  for (const row of [...waiting, ...answeredAndLeft(home, node)]) {
    // Who has left the graph meanwhile can be told nothing
    if (edgeDenial(home, node, row.reviewer, 'review.closed', true)) continue;
    const closed: Draft<'review.closed'> = {
      ...{ type: 'review.closed', from: node, to: row.reviewer, re: row.message },
      body: { review: row.id, session: row.session, subjectDigest: row.subject },
      dedup: `closed:${row.id}`,
    };
    await exchange.send([closed]);
  }
};
