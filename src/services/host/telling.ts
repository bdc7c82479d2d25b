/** What routes are made of: read once for all of them, and compared with what those that were said last were made of. */
import { toHex, utf8 } from '../../core/encoding/bytes.ts';
import type { Sha256Hex } from '../../core/graph/approvals.ts';
import type { Graph, GraphNode } from '../../core/graph/model.ts';
import { type Standings, standingAt } from '../../core/graph/standing.ts';
import type { RunningAssignment } from '../../core/projection/queries.ts';
import { type Host, headOf } from './host.ts';
import { keptAssignments } from './kept-assignments.ts';
import { principalsOf } from './principal-keys.ts';
import type { RoutesMadeOf, RoutesPart } from './routes-made-of.ts';
import { trustedKeys } from './runners.ts';

export type Participant = { name: string; to: string; owner: string };
export type Now = {
  readonly graph: Graph;
  /** By node, the assignment that it runs under. */
  readonly live: ReadonlyMap<string, RunningAssignment>;
  readonly standings: Standings;
  readonly principals: ReturnType<typeof principalsOf>;
};

export const sha256Of =
  ({ home }: Pick<Host, 'home'>): Sha256Hex =>
  (text) =>
    toHex(home.suite.sha256(utf8(text)));

const liveAssignments = (host: Host): Now['live'] => {
  const live = new Map<string, RunningAssignment>();
  const trusted = trustedKeys(host);
  for (const row of keptAssignments(host))
    if (row.fence > (live.get(row.node)?.fence ?? -1) && trusted.has(row.runner)) live.set(row.node, row);
  return live;
};

/**
 * Of the present graph. After a start all stand as they do since the head: each is told anew in a new epoch, and may be held
 * up by whom that did not reach yet.
 */
const standingsNow = (host: Host, graph: Graph): Standings => {
  if (host.standings.graph !== graph)
    host.standings = {
      graph,
      pairs: standingAt(graph, headOf(host.home)!.n, host.standings.pairs, sha256Of(host)),
    };
  return host.standings;
};

export const nowOf = (host: Host, graph: Graph): Now => ({
  graph,
  live: liveAssignments(host),
  standings: standingsNow(host, graph),
  principals: principalsOf(host),
});

/** Users by their own key; nodes through the runner they run on. */
export const participants = ({ graph, live }: Now): Participant[] =>
  [...graph.nodes].flatMap(([name, node]) => {
    if (node.kind === 'user') return [{ name, to: node.pubkey, owner: node.pubkey }];
    const row = live.get(name);
    return row ? [{ name, to: row.runner, owner: row.pubkey }] : [];
  });

export const madeOf = ({ home }: Host, { graph, live, standings, principals }: Now): RoutesMadeOf => {
  const part = (name: string, node: GraphNode): RoutesPart => {
    const { id = '', pubkey = '' } = live.get(name) ?? {};
    return { id, pubkey, node };
  };
  return {
    ofAll: JSON.stringify([home.epoch!.n, home.tables.count('used_invites'), principals]),
    parts: new Map([...graph.nodes].map(([name, node]) => [name, part(name, node)])),
    pairs: standings.pairs,
  };
};
