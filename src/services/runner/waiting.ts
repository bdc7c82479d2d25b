/** Tells whom the sessions of a node wait for and have not reached, each time that is another. */
import { MAX_UNREACHED, MAX_WAITING_TOLD, UNREACHED_MS } from '../../core/bounds.ts';
import type { Unreached } from '../../core/projection/asked-rows.ts';
import { isAsking, questionState, reviewState, saidUnreached } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { WaitedFor } from '../../core/vocabulary.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import type { Home } from '../messaging/home.ts';
import { nowSeconds } from '../messaging/home.ts';
import { ruleOf } from './approving.ts';
import { hasBegun } from './leaving.ts';
import type { Runner } from './runner.ts';

type Session = RowOf<'sessions'>;
type Asked = { to: string; message: string };

const peerOf = ({ tables }: Home, { node }: Session, pubkey: string): RowOf<'peers'> | undefined =>
  tables.list('peers', { owner: node, pubkey })[0];

/** When it was signed, in Unix milliseconds, of what nobody acknowledged for longer than who is there takes; else null. */
const unreachedSince = ({ tables, clock }: Home, { message }: Asked): number | null => {
  if (tables.get('outbox', message) === undefined) return null;
  const { kept } = tables.get('messages', message, 'out') ?? { kept: clock.now() };
  return clock.now() - kept >= UNREACHED_MS ? kept : null;
};

const nameOf = (home: Home, { node }: Session): string => home.identities.get(node)?.name ?? '';

/** Those of them who were not reached; who left the graph is not waited for. */
const unreachedOf = (home: Home, session: Session, ask: WaitedFor, all: readonly Asked[]): Unreached[] => {
  const node = nameOf(home, session);
  return all.flatMap((asked) => {
    const since = unreachedSince(home, asked);
    const name = peerOf(home, session, asked.to)?.name;
    if (since === null || name === undefined) return [];
    return [{ node, name, ask, since: Math.floor(since / 1000) }];
  });
};

/** Nobody of an approval where those who were reached are enough to decide it: a person with two keys is one. */
const ofApproval = (runner: Runner, session: Session, { id, operation }: RowOf<'approvals'>): Unreached[] => {
  const { home } = runner;
  const quorum = ruleOf(runner, session, operation)?.quorum ?? 0;
  const all = home.tables
    .list('approval_requests', { approval: id })
    .map(({ approver: to, message }) => ({ to, message }));
  const away = unreachedOf(home, session, 'approval', all);
  if (away.length === 0) return [];
  const there = all.filter((one) => unreachedSince(home, one) === null);
  const persons = new Set(there.map(({ to }) => peerOf(home, session, to)?.person));
  persons.delete(undefined);
  return persons.size >= quorum ? [] : away;
};

/** What was given away in it, as the Host was told of each. */
export const childrenOf = (
  { tables }: Pick<Home, 'tables'>,
  { id, node }: Pick<Session, 'id' | 'node'>,
): Session[] =>
  tables.list('messages', { session: id, type: 'conversation.observed', dir: 'out' }).flatMap(({ dedup }) => {
    const child = tables.get('sessions', dedup.split(':')[1] ?? '');
    return child?.open === 1 && child.requester === node ? [child] : [];
  });

/** One that an agent was given to review: it is waited for, told of and ended as a review. */
export const isReviewGiven = (
  { tables }: Pick<Home, 'tables'>,
  { request }: Pick<Session, 'request'>,
): boolean => request !== null && tables.count('reviews', { message: request }) > 0;

/** A node that waits for another one waits for all that it waits for; of whom this node waits for, only it knows. */
const ofChild = (home: Home, session: Session, child: Session): Unreached[] =>
  saidUnreached(home.tables, child, child.node).filter(({ node }) => node !== nameOf(home, session));

/** What a runner that leaves has not begun waits until its node has gone elsewhere. */
const ofLeaving = ({ home, leaving }: Runner, session: Session): Unreached[] => {
  const node = nameOf(home, session);
  return leaving === null || hasBegun(session)
    ? []
    : [{ node, name: node, ask: 'runner', since: session.at }];
};

type All = { own: Unreached[]; all: Unreached[] };
const allUnreached = (runner: Runner, session: Session): All => {
  const { home } = runner;
  const { tables } = home;
  const of = { session: session.id, node: session.node };
  const questions = tables
    .list('questions', { session: session.id })
    .filter((row) => questionState(tables, row) === 'open');
  const reviews = tables
    .list('reviews', { session: session.id })
    .filter((row) => reviewState(tables, row, nowSeconds(home)) === 'open' && isAsking(tables, row));
  const children = childrenOf(home, session);
  const own = [
    ...ofLeaving(runner, session),
    ...tables
      .list('approvals', { session: session.id })
      .filter(({ open, node }) => open === 1 && node === of.node)
      .flatMap((row) => ofApproval(runner, session, row)),
    ...questions.flatMap(({ asked: to, message }) =>
      unreachedOf(home, session, 'question', [{ to, message }]),
    ),
    ...reviews.flatMap(({ reviewer: to, message }) =>
      unreachedOf(home, session, 'review', [{ to, message }]),
    ),
    ...children
      .filter((child) => !isReviewGiven(home, child))
      .flatMap(({ node: to, request: message }) =>
        unreachedOf(home, session, 'task', [{ to, message: message ?? '' }]),
      ),
  ];
  const theirs = children.flatMap((child) => ofChild(home, session, child));
  return { own: firstOf(own), all: firstOf([...own, ...theirs]) };
};

const firstOf = (all: readonly Unreached[]): Unreached[] => {
  const unique = new Map(all.map((one) => [JSON.stringify([one.node, one.name, one.ask]), one]));
  return [...unique.values()].slice(0, MAX_UNREACHED);
};

/** What other nodes wait for may change as often as they like: the last of it is passed on, not each. */
const isTooSoon = ({ tables, clock }: Home, { id }: Session): boolean => {
  const told = { session: id, type: 'task.waiting', dir: 'out' } as const;
  const [last] = tables.list('messages', told, { order: 'line', descending: true, limit: 1 });
  return last !== undefined && Math.abs(clock.now() - last.kept) < UNREACHED_MS;
};

export const tellWaiting = async (runner: Runner, id: string): Promise<void> => {
  const { home, exchange } = runner;
  const session = home.tables.get('sessions', id);
  if (session?.open !== 1) return;
  const { node, requester, attempt, request } = session;
  if (request === null || edgeDenial(home, node, requester, 'task.waiting', true)) return;
  const before = home.tables.get('waits', id, node);
  const told = before?.attempt === attempt ? before : { n: 0, unreached: [] };
  const { own, all: unreached } = allUnreached(runner, session);
  const isSame = (one: readonly Unreached[], other: readonly Unreached[]) =>
    JSON.stringify(one) === JSON.stringify(other);
  if (isSame(unreached, told.unreached) || told.n >= MAX_WAITING_TOLD) return;
  const ownBefore = told.unreached.filter((one) => one.node === nameOf(home, session));
  if (isSame(own, ownBefore) && isTooSoon(home, session)) return;
  const body = { session: id, attempt, n: told.n + 1, unreached };
  const dedup = `waiting:${id}:${attempt}:${body.n}`;
  await exchange.send([
    { type: 'task.waiting', from: node, to: requester, body, re: request, dedup },
    // Of what has not begun the Host knows nothing, and would keep the word for it
    ...(hasBegun(session)
      ? [{ type: 'waiting.observed' as const, from: home.self.pubkey, to: home.host, body, dedup }]
      : []),
  ]);
};
