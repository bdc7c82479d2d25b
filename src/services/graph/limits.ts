/** The limits of an edge that need counting: how often, and how many at once. Only what opens an exchange counts. */
import { type Edge, judge, type Kind, type Link, overLimit, parseRate } from '../../core/graph/edges.ts';
import { ANSWER } from '../../core/projection/exchanges.ts';
import type { Row } from '../../core/projection/tables.ts';
import { TYPES } from '../../core/protocol/types.ts';
import type { Home } from '../home.ts';
import { nowSeconds } from '../home.ts';

/** Answers, cancellations and progress are never held back: what was begun can always be ended. */
export const opensExchange = (type: string): boolean => ANSWER.has(type);

export type Flow = { sender: string; recipient: string; kind: Kind; outgoing: boolean };

/** The types that open something over this edge in this direction: they share its rate and its places. */
const family = (link: Link, kind: Kind): string[] =>
  [...ANSWER.keys()].filter((type) => judge([link], type, kind, TYPES).kind === 'allowed');

/** Ledger lengths at past moments: a line beyond one was not here yet then. */
type Mark = { line: number; at: number };
const marks = new WeakMap<Home, Mark[]>();
const MAX_MARKS = 4_096;

const mark = (home: Home): Mark[] => {
  const list = marks.get(home) ?? [];
  marks.set(home, list);
  const now = { line: home.ledger.head.n, at: home.clock.monotonic() };
  if (list.at(-1)?.line === now.line) list.pop();
  list.push(now);
  if (list.length > MAX_MARKS) list.splice(0, MAX_MARKS / 2);
  return list;
};

/**
 * Milliseconds since a message came. By my own clock, from the judgement that let it in; what came before this
 * process counts by the time that its sender claims. My own messages carry my own time.
 */
const ageOf = (home: Home, row: Row, list: readonly Mark[], outgoing: boolean): number => {
  const before = outgoing ? undefined : list.findLast(({ line }) => line < Number(row.line));
  if (before) return home.clock.monotonic() - before.at;
  return Math.max(0, nowSeconds(home) - Number(row.at)) * 1000;
};

const dirOf = ({ outgoing }: Flow): string => (outgoing ? 'out' : 'in');

/** Of each type only as many of the newest are looked at as the rate allows: the past does not make it dearer. */
const recentOf = (home: Home, flow: Flow, types: readonly string[], edge: Edge): number => {
  const rate = edge.rate === undefined ? null : parseRate(edge.rate);
  if (!rate) return 0;
  const { sender, recipient } = flow;
  const list = mark(home);
  const newest = { order: 'line', descending: true, limit: rate.count };
  const rows = types.flatMap((type) =>
    home.tables.list('messages', { sender, recipient, type, dir: dirOf(flow) }, newest),
  );
  return rows.filter((row) => ageOf(home, row, list, flow.outgoing) < rate.perMs).length;
};

const openOf = (home: Home, flow: Flow, types: readonly string[], edge: Edge): number => {
  if (edge.max_concurrent === undefined) return 0;
  const { sender, recipient } = flow;
  const open = types.map((type) =>
    home.tables.count('exchanges', { sender, recipient, type, dir: dirOf(flow), open: 1 }),
  );
  return open.reduce((sum, one) => sum + one, 0);
};

/** Which limit of the edge one more message of this type would break, or null. */
export const limitDenial = (home: Home, link: Link, type: string, flow: Flow): string | null => {
  if (!opensExchange(type) || (link.edge.rate ?? link.edge.max_concurrent) === undefined) return null;
  const types = family(link, flow.kind);
  const usage = {
    recent: recentOf(home, flow, types, link.edge),
    open: openOf(home, flow, types, link.edge),
  };
  return overLimit(link.edge, type, usage);
};
