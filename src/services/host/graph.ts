/** Revisions: applied by compare-and-swap on the number and digest of the head. */
import { fromUtf8, toHex, utf8 } from '../../core/encoding/bytes.ts';
import { shownTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import { checkGraph } from '../../core/graph/file/parse.ts';
import type { Graph } from '../../core/graph/model.ts';
import { graphFile, parseCanonical } from '../../core/graph/revision.ts';
import { runTests } from '../../core/graph/testing.ts';
import type { GraphBase } from '../../core/host-api/shapes.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { requireNameOf } from '../graph/own-name.ts';
import { tooLargeNodes } from '../graph/size.ts';
import { GRAPH_TYPES } from '../graph/types.ts';
import { isAuthority } from '../messaging/authority.ts';
import { recordOf } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';

/** Makes the next revision of a canonical graph text. `conflict` when the head is not the base any more. */
export const applyGraph = async (host: Host, wanted: { canonical: string; base: GraphBase }, by: string) => {
  const { home } = host;
  // Most of many at once lose: they are told before the graph is read.
  requireBase(headOf(home), wanted.base);
  const graph = parseCanonical(wanted.canonical, host.graph);
  requireOwnGraph(host, graph);
  requireSound(graph);
  const bytes = utf8(wanted.canonical);
  const digest = toHex(home.suite.sha256(bytes));
  await home.blobs.put(bytes);
  let changed = false;
  const recorded = home.ledger.append(() => {
    const head = headOf(home);
    requireBase(head, wanted.base);
    changed = head?.digest !== digest;
    if (!changed) return [];
    const users = [...graph.nodes].flatMap(([name, node]) =>
      node.kind === 'user' ? [{ name, pubkey: node.pubkey }] : [],
    );
    const body = { n: wanted.base.n + 1, digest, parent: wanted.base.digest, by, users };
    return [{ dir: 'local' as const, event: recordOf(home, 'graph.revision', body) }];
  });
  // Right after the line that the read models follow, so that routes never mix two revisions, and not where there is none
  const followed = home.ledger.append(() => {
    if (changed && headOf(home)?.digest === digest) host.graph = graph;
    return [];
  });
  await Promise.all([recorded, followed]);
  host.poke();
  const n = wanted.base.n + (changed ? 1 : 0);
  return { ...shownGraph(host, requireRevision(host, n), graph), changed };
};

const requireBase = (head: { n: number; digest: string } | null, base: GraphBase): void => {
  if ((head?.n ?? 0) === base.n && (head?.digest ?? null) === base.digest) return;
  const now = head ? `revision ${head.n} (sha256:${head.digest})` : 'no revision yet';
  throw new EntangleError('conflict', `this change was made against ${baseWords(base)}; the head is ${now}`, {
    hint: 'plan and apply again: `entangle graph plan FILE`',
  });
};
const baseWords = ({ n, digest }: GraphBase): string =>
  n === 0 ? 'no revision' : `revision ${n} (sha256:${digest})`;

/** The same checks as on the editor's machine: the Host does not take the sender's word. */
const requireSound = (graph: Graph): void => {
  const errors = checkGraph(graph, GRAPH_TYPES).filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first)
    throw new EntangleError('invalid', `the graph is not valid: ${first.path}: ${first.message}`, {
      hint: 'see every problem with `entangle graph validate`',
      details: errors.slice(0, 100).map(({ code, path, message }) => ({ code, path, message })),
    });
  const failed = runTests(graph, GRAPH_TYPES).filter(({ passed }) => !passed);
  if (failed.length > 0)
    throw new EntangleError('invalid', `the graph fails ${failed.length} of its own tests`, {
      hint: 'see them with `entangle graph test`',
      details: failed.slice(0, 100).map(({ test, explanation }) => ({ test, why: explanation.sentence })),
    });
  const [large] = tooLargeNodes(graph);
  if (large) throw new EntangleError('invalid', large.message, { hint: large.hint });
};

const requireOwnGraph = (host: Host, graph: Graph): void => {
  requireNameOf(host.home.graph, graph);
  for (const [name, node] of graph.nodes) {
    const met = node.kind === 'user' ? host.home.tables.get('keys', node.pubkey) : undefined;
    if (node.kind === 'user' && (isAuthority(host.home, node.pubkey) || (met && met.role !== 'user')))
      throw new EntangleError('invalid', `the key of user "${name}" is known in another role (key_reuse)`);
  }
};

const requireRevision = (host: Host, n: number | null): RowOf<'revisions'> => {
  const row = host.home.tables.get('revisions', n ?? headOf(host.home)?.n ?? 0);
  if (row) return row;
  throw new EntangleError('not_found', n === null ? 'no graph was applied yet' : `no revision ${n}`, {
    hint: n === null ? 'apply one with `entangle graph apply FILE`' : 'see `entangle graph history`',
  });
};

/** Number, digest, parent, who and when. */
export const revisionView = (row: RowOf<'revisions'>) => ({
  revision: row.n,
  digest: `sha256:${row.digest}`,
  parent: row.parent === null ? null : `sha256:${row.parent}`,
  by: row.by,
  at: shownTime(row.at),
});

/** The graph of a revision out of its blob. */
export const graphOfRevision = async (host: Host, row: RowOf<'revisions'>): Promise<Graph> => {
  const bytes = await host.home.blobs.get(row.digest);
  if (!bytes) throw new EntangleError('invalid', `revision ${row.n} refers to a missing blob`);
  return parseCanonical(fromUtf8(bytes));
};

/** A revision with its graph as a value of the file format; the head when n is null. */
export const showGraph = async (host: Host, n: number | null) => {
  const row = requireRevision(host, n);
  return shownGraph(host, row, await graphOfRevision(host, row));
};

const shownGraph = (host: Host, row: RowOf<'revisions'>, graph: Graph) => ({
  graph: host.home.graph,
  ...revisionView(row),
  file: graphFile(graph),
});
