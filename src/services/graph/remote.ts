/** The graph at the Host, as commands ask for it. */
import { canonicalize } from '../../core/encoding/canonical.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RunState } from '../../core/graph/change/run-state.ts';
import type { Graph } from '../../core/graph/model.ts';
import { canonicalGraph, parseCanonical } from '../../core/graph/revision.ts';
import { callHost, type HostClient } from '../../core/host-api/client.ts';
import type { GraphBase, GraphView } from '../../core/host-api/shapes.ts';
import { requireNameOf } from './own-name.ts';

/** A revision as its number and digest name it, with its graph; `graph` is null before the first. */
type Head = { base: GraphBase; graph: Graph | null };

/** The graph of a revision as the Host gives it: what it says is checked, as that of a file is. */
export const graphAtHost = (shown: GraphView): Graph => parseCanonical(canonicalize(shown.file));

/** The head, or one revision by number: `not_found` where there is none. */
export const revisionGraph = async (client: HostClient, n: number | null): Promise<Graph> =>
  graphAtHost(await showRevision(client, n));
export const showRevision = (client: HostClient, n: number | null): Promise<GraphView> =>
  n === null
    ? callHost(client, 'graph.show')
    : callHost(client, 'graph.revision', { params: { n: String(n) } });

/** What a change is made against; also before the first revision. */
export const headAtHost = async (client: HostClient): Promise<Head> => {
  try {
    const shown = await callHost(client, 'graph.show');
    const base = { n: shown.revision, digest: shown.digest.replace(/^sha256:/, '') };
    return { base, graph: graphAtHost(shown) };
  } catch (error) {
    if (!(error instanceof EntangleError) || error.code !== 'not_found') throw error;
    // Where it was no Host that has no revision, none answers this either
    await callHost(client, 'status.show');
    return { base: { n: 0, digest: null }, graph: null };
  }
};

/** Before anything is planned: the Host would refuse it too. */
export const requireOwnName = async (client: HostClient, graph: Graph): Promise<void> => {
  const { graph: id } = await callHost(client, 'status.show');
  requireNameOf(id, graph);
};

/** What runs now, for the consequences of a plan. */
export const runState = (client: HostClient): Promise<RunState> => callHost(client, 'graph.state');

export const makeRevision = (client: HostClient, graph: Graph, base: GraphBase) =>
  callHost(client, 'graph.apply', { body: { canonical: canonicalGraph(graph), base } });

/** A saved plan holds only for the head that it was made against. */
export const requireSameBase = (planned: GraphBase, head: GraphBase): void => {
  if (planned.n === head.n && planned.digest === head.digest) return;
  const words = ({ n, digest }: GraphBase) =>
    n === 0 ? 'no revision' : `revision ${n} (sha256:${digest?.slice(0, 12)}…)`;
  throw new EntangleError(
    'conflict',
    `this plan was made against ${words(planned)}, and the head is ${words(head)}`,
    {
      hint: 'plan again: `entangle graph plan FILE --out PLAN`',
    },
  );
};
