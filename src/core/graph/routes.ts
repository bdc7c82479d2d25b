/** Routes: all that one participant learns of the graph, a full snapshot of its own neighbourhood (docs/design.md §5). */
import type { Assurance, Binding, NodeKind, Operation, Relation, Side } from '../vocabulary.ts';
import { policyDigest, type Sha256Hex, termsOf } from './approvals.ts';
import { type Edge, type Limits, neighbourhood } from './edges.ts';
import { approvalFile, limitsOf } from './file/normal.ts';
import { type Graph, type GraphNode, order } from './model.ts';
import { type Reach, reachOf } from './network.ts';

/** `side` is the side on which the participant itself stands. */
export type PeerRelation = { relation: Relation; side: Side; only?: string[] } & Omit<Limits, 'only'>;
export type Peer = {
  name: string;
  kind: NodeKind;
  /** Of users from the graph; of agents null, until the Host fills in the running node's key. */
  pubkey: string | null;
  person?: string;
  /** Of a person, to the agents whose publications they approve. */
  ssh?: string[];
  relations: PeerRelation[];
  /** Of an agent, to people: what its turns may reach. */
  reach?: Reach;
};
export type ApprovalRule = {
  by: string[];
  quorum: number;
  four_eyes?: boolean;
  expires?: string;
  binding?: Binding;
  assurance?: Assurance;
};
/** What the graph gives of a `routes` body; the Host adds number, revision, relays and the keys of running nodes. */
export type Routes = {
  self: { name: string; kind: NodeKind; pubkey: string | null };
  peers: Peer[];
  /** An agent's own approval policy by operation; empty for a user. */
  approval: Partial<Record<Operation, ApprovalRule>>;
  /** By operation: digest (hex) of everything that its approvals stand on. */
  policy: Partial<Record<Operation, string>>;
};
const relationOf = (edge: Edge, self: string): PeerRelation => {
  const { only, ...limits } = limitsOf(edge);
  const side = edge.from === self ? 'a' : 'b';
  return { relation: edge.relation, side, ...(only && { only: [...only] }), ...limits };
};

/** Whether that person approves publications of this agent. */
const approvesFor = (self: GraphNode, person: string): boolean =>
  self.kind === 'agent' && (self.policy.approval.get('source.publish')?.by.includes(person) ?? false);

const peerOf = (graph: Graph, self: string, peer: string, edges: readonly Edge[]): Peer => {
  const node = graph.nodes.get(peer)!;
  return {
    name: peer,
    kind: node.kind,
    pubkey: node.kind === 'user' ? node.pubkey : null,
    ...(node.kind === 'user' && node.person !== undefined && { person: node.person }),
    relations: edges.map((edge) => relationOf(edge, self)),
    ...(node.kind === 'user' &&
      node.ssh &&
      approvesFor(graph.nodes.get(self)!, peer) && { ssh: [...node.ssh] }),
    ...(node.kind === 'agent' &&
      graph.nodes.get(self)!.kind === 'user' && {
        reach: { sandbox: node.policy.sandbox, network: reachOf(node) },
      }),
  };
};

const byPeer = (graph: Graph, self: string): [string, readonly Edge[]][] => {
  const groups = new Map<string, Edge[]>();
  for (const edge of neighbourhood(graph, self)) {
    const peer = edge.from === self ? edge.to : edge.from;
    const list = groups.get(peer);
    if (list) list.push(edge);
    else groups.set(peer, [edge]);
  }
  return [...groups].sort(([one], [two]) => order(one, two));
};

/** The neighbourhood of a node as the Host sends it; null for a node the graph does not have. */
export const routesOf = (graph: Graph, name: string, sha256: Sha256Hex): Routes | null => {
  const node = graph.nodes.get(name);
  if (!node) return null;
  const approval = node.kind === 'agent' ? node.policy.approval : new Map();
  const digestOf = (operation: string) => policyDigest(termsOf(graph, name, operation)!, sha256);
  return {
    self: { name, kind: node.kind, pubkey: node.kind === 'user' ? node.pubkey : null },
    peers: byPeer(graph, name).map(([peer, edges]) => peerOf(graph, name, peer, edges)),
    approval: Object.fromEntries([...approval].map(([operation, one]) => [operation, approvalFile(one)])),
    policy: Object.fromEntries([...approval.keys()].map((operation) => [operation, digestOf(operation)])),
  };
};
