/** Edges as the routes of one participant tell them. */
import type { Edge, Link, Relation, Side } from '../core/graph/edges.ts';
import { otherSide } from '../core/graph/edges.ts';
import type { Row } from '../core/projection/tables.ts';

type RouteRelation = { relation: Relation; side: Side } & Omit<Edge, 'from' | 'to' | 'relation'>;

/** Links to a peer as its sender sees them: ours for outgoing messages, the peer's for incoming ones. */
export const linksOf = (peer: Row, outgoing: boolean): Link[] =>
  (JSON.parse(String(peer.relations)) as RouteRelation[]).map(({ relation, side, ...limits }) => ({
    edge: {
      from: side === 'a' ? 'me' : String(peer.name),
      relation,
      to: side === 'a' ? String(peer.name) : 'me',
      ...limits,
    },
    side: outgoing ? side : otherSide(side),
  }));

/** Blobs go over whatever edge joins the two, unless every one is disabled. */
export const carriesAny = (links: readonly Link[]): boolean => links.some((link) => !link.edge.disabled);
