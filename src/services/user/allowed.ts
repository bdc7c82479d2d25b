/** Why this person may decide what a node asks: the edge of the graph, as the Host's newest routes to them have it. */
import { npub } from '../../core/encoding/id.ts';
import { GATE_WORDS } from '../../core/graph/named-principals.ts';
import { type Reach, reachText } from '../../core/graph/network.ts';
import type { PublishGate, Relation } from '../../core/vocabulary.ts';
import { edgeDenial } from '../messaging/authorization-context.ts';
import type { Home } from '../messaging/home.ts';

/** The one that carries it. */
const RELATIONS = { 'approval.response': 'approves', 'review.result': 'reviews' } as const satisfies Record<
  string,
  Relation
>;

/** `graph`: digest of that revision of the graph. */
export type Allowed = {
  edge: string;
  revision: number;
  graph: string;
  host: string;
  /** What turns of the node may reach. */
  reach: Reach | null;
  /** What holds its publications back until they are approved; null where the Host did not say. */
  gate: PublishGate | null;
};

export const allowedText = (allowed: Allowed | null): string =>
  allowed
    ? `${allowed.edge}, revision ${allowed.revision}`
    : 'no edge to the key that asked any more: it cannot be signed';

/** What may come of it beside what is signed; none where the routes do not say. */
export const allowedReach = (allowed: Allowed | null): string[] =>
  allowed?.reach ? [reachText(allowed.reach)] : [];

/** In words, of a publication. */
export const allowedGate = (allowed: Allowed | null): string[] =>
  allowed?.gate ? [GATE_WORDS[allowed.gate]] : [];

/** Null where no edge leads there any more: then nothing is signed for this node. */
export const allowedBy = (
  home: Home,
  node: string,
  type: keyof typeof RELATIONS = 'approval.response',
): Allowed | null => {
  const me = home.self.pubkey;
  const routes = home.tables.get('routes', me);
  const [peer] = home.tables.list('peers', { owner: me, pubkey: node });
  if (!routes || !peer || edgeDenial(home, me, node, type, true, true) !== null) return null;
  return {
    edge: `${routes.name} ${RELATIONS[type]} ${peer.name}`,
    revision: routes.revision,
    graph: `sha256:${routes.digest}`,
    host: npub(home.host),
    reach: peer.reach,
    gate: peer.gate,
  };
};
