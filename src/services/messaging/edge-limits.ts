/** The limits of an edge that need counting: how often, and how many at once. Only what opens an exchange counts. */
import { isWord } from '../../core/encoding/grammar.ts';
import { type Edge, judge, type Link, overLimit, parseRate } from '../../core/graph/edges.ts';
import { OPENERS } from '../../core/projection/reducers/exchanges.ts';
import type { MessageType } from '../../core/protocol/table.ts';
import { TYPES } from '../../core/protocol/types.ts';
import type { Direction, NodeKind } from '../../core/vocabulary.ts';
import type { Home } from './home.ts';

/** Answers, cancellations and progress are never held back: what was begun can always be ended. */
export const opensExchange = (type: string): boolean => isWord(OPENERS, type);

export type Flow = { sender: string; recipient: string; kind: NodeKind; outgoing: boolean };

/** The types that open something over this edge in this direction: they share its rate and its places. */
const family = (link: Link, kind: NodeKind): MessageType[] =>
  OPENERS.filter((type) => judge([link], type, kind, TYPES).kind === 'allowed');

const dirOf = ({ outgoing }: Flow): Direction => (outgoing ? 'out' : 'in');

/**
 * By when each was written down here, whatever its sender claims. Of each type only as many of the newest are looked
 * at as the rate allows: the past does not make it dearer.
 */
const recentOf = (home: Home, flow: Flow, types: readonly MessageType[], edge: Edge): number => {
  const rate = edge.rate && parseRate(edge.rate);
  if (!rate) return 0;
  const { sender, recipient } = flow;
  const newest = { order: 'line', descending: true, limit: rate.count } as const;
  const rows = types.flatMap((type) =>
    home.tables.list('messages', { sender, recipient, type, dir: dirOf(flow) }, newest),
  );
  // A clock that was set back must not lock an edge for longer than its window.
  return rows.filter((row) => Math.abs(home.clock.now() - row.kept) < rate.perMs).length;
};

const openOf = (home: Home, flow: Flow, types: readonly MessageType[]): number => {
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
    open: openOf(home, flow, types),
  };
  return overLimit(link.edge, type, usage);
};
