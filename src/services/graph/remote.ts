/** The graph at the Host, as commands ask for it. */
import { canonicalize } from '../../core/canonical.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RunState } from '../../core/graph/consequences.ts';
import type { Graph } from '../../core/graph/model.ts';
import { canonicalGraph, parseCanonical } from '../../core/graph/revision.ts';

export type Ask = <T>(method: 'GET' | 'POST', path: string, body?: unknown) => Promise<T>;
export type Shown = {
  graph: string;
  revision: number;
  digest: string;
  parent: string | null;
  by: string;
  at: string;
  file: Record<string, unknown>;
};
export type Base = { n: number; digest: string | null };
/** A revision as its number and digest name it, with its graph; `graph` is null before the first. */
export type Head = { base: Base; graph: Graph | null };

const graphOf = (shown: Shown): Graph => parseCanonical(canonicalize(shown.file));

/** The head, or one revision by number: `not_found` where there is none. */
export const revisionGraph = async (ask: Ask, n: number | null): Promise<Graph> =>
  graphOf(await ask<Shown>('GET', n === null ? '/v1/graph' : `/v1/graph/${n}`));

/** What a change is made against; also before the first revision. */
export const headOf = async (ask: Ask): Promise<Head> => {
  try {
    const shown = await ask<Shown>('GET', '/v1/graph');
    const base = { n: shown.revision, digest: shown.digest.replace(/^sha256:/, '') };
    return { base, graph: graphOf(shown) };
  } catch (error) {
    if (error instanceof EntangleError && error.code === 'not_found')
      return { base: { n: 0, digest: null }, graph: null };
    throw error;
  }
};

/** A Host governs the graph of one name: a file of another was meant for another Host. */
export const requireOwnName = async (ask: Ask, graph: Graph): Promise<void> => {
  const { graph: id } = await ask<{ graph: string }>('GET', '/v1/status');
  const own = id.slice(id.indexOf('/') + 1);
  if (graph.name !== own)
    throw new EntangleError('invalid', `this Host governs the graph "${own}", not "${graph.name}"`, {
      hint: `Write \`graph: ${own}\`, or turn to the Host of the other one.`,
    });
};

/** What runs now, for the consequences of a plan. */
export const runState = (ask: Ask): Promise<RunState> => ask<RunState>('GET', '/v1/graph/state');

export type Made = Shown & { changed: boolean };
export const makeRevision = (ask: Ask, graph: Graph, base: Base): Promise<Made> =>
  ask<Made>('POST', '/v1/graph', { canonical: canonicalGraph(graph), base });

/** A saved plan holds only for the head that it was made against. */
export const requireSameBase = (planned: Base, head: Base): void => {
  if (planned.n === head.n && planned.digest === head.digest) return;
  const words = ({ n, digest }: Base) =>
    n === 0 ? 'no revision' : `revision ${n} (sha256:${digest?.slice(0, 12)}…)`;
  throw new EntangleError(
    'conflict',
    `this plan was made against ${words(planned)}, and the head is ${words(head)}`,
    {
      hint: 'Plan again: `entangle graph plan FILE --out PLAN`.',
    },
  );
};
