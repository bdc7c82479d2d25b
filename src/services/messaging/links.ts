/** Edges as the routes of one participant tell them. */
import type { Link } from '../../core/graph/edges.ts';
import { otherSide } from '../../core/graph/edges.ts';
import type { RowOf } from '../../core/projection/rows.ts';

/** Links to a peer as its sender sees them: ours for outgoing messages, the peer's for incoming ones. */
export const linksOf = (peer: RowOf<'peers'>, outgoing: boolean): Link[] =>
  peer.relations.map(({ relation, side, ...limits }) => ({
    edge: {
      from: side === 'a' ? 'me' : peer.name,
      relation,
      to: side === 'a' ? peer.name : 'me',
      ...limits,
    },
    side: outgoing ? side : otherSide(side),
  }));

/** Blobs go over whatever edge joins the two, unless every one is disabled. */
export const carriesAny = (links: readonly Link[]): boolean => links.some((link) => !link.edge.disabled);
