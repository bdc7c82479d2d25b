/** Revisions: applied by compare-and-swap on the number and digest of the head. */
import { fromUtf8, toHex, utf8 } from '../../core/bytes.ts';
import { EntangleError } from '../../core/errors.ts';
import type { Graph } from '../../core/graph/model.ts';
import { graphFile, parseCanonical } from '../../core/graph/revision.ts';
import { isoTime } from '../../core/time.ts';
import { recordOf } from '../rejects.ts';
import type { Host, Operator } from './host.ts';
import { headOf } from './host.ts';

type Base = { n: number; digest: string | null };

/** Makes the next revision of a canonical graph text. `conflict` when the head is not the base any more. */
export const applyGraph = async (
  host: Host,
  wanted: { canonical: string; base: Base },
  operator: Operator,
) => {
  const { home } = host;
  const graph = parseCanonical(wanted.canonical);
  requireOwnGraph(host, graph);
  const bytes = utf8(wanted.canonical);
  const digest = toHex(home.suite.sha256(bytes));
  await home.blobs.put(bytes);
  let unchanged = false;
  await home.ledger.append(() => {
    const head = headOf(home);
    requireBase(head, wanted.base);
    unchanged = head?.digest === digest;
    if (unchanged) return [];
    const users = [...graph.nodes].flatMap(([name, node]) =>
      node.kind === 'user' ? [{ name, pubkey: node.pubkey }] : [],
    );
    const body = { n: (head?.n ?? 0) + 1, digest, parent: head?.digest ?? null, by: operator.name, users };
    return [{ dir: 'local', event: recordOf(home, 'graph.revision', body) }];
  });
  host.graph = graph;
  host.poke();
  return { ...(await showGraph(host, null)), changed: !unchanged };
};

const requireBase = (head: { n: number; digest: string } | null, base: Base): void => {
  if ((head?.n ?? 0) === base.n && (head?.digest ?? null) === base.digest) return;
  throw new EntangleError(
    'conflict',
    `the graph is at revision ${head?.n ?? 0} now, and this change was made against ${base.n}`,
    { hint: 'See `entangle graph show`, and apply again on top of it.' },
  );
};

const requireOwnGraph = (host: Host, graph: Graph): void => {
  const own = host.home.graph.slice(host.home.graph.indexOf('/') + 1);
  if (graph.name !== own)
    throw new EntangleError('invalid', `this Host governs the graph "${own}", not "${graph.name}"`, {
      hint: `Write \`graph: ${own}\`, or apply it at its own Host.`,
    });
  for (const [name, node] of graph.nodes) {
    const met = node.kind === 'user' ? host.home.tables.get('keys', node.pubkey) : undefined;
    if (node.kind === 'user' && (node.pubkey === host.home.host || (met && met.role !== 'user')))
      throw new EntangleError('invalid', `the key of user "${name}" is known in another role (key_reuse)`);
  }
};

/** A revision with its graph as a value of the file format; the head when n is null. */
export const showGraph = async (host: Host, n: string | null) => {
  const { home } = host;
  const row =
    n === null ? home.tables.get('revisions', headOf(home)?.n ?? 0) : home.tables.get('revisions', Number(n));
  if (!row)
    throw new EntangleError('not_found', n === null ? 'no graph was applied yet' : `no revision ${n}`, {
      hint: 'Apply one with `entangle graph apply FILE`.',
    });
  const bytes = await home.blobs.get(String(row.digest));
  if (!bytes) throw new EntangleError('invalid', 'the blob of this revision is not there');
  return {
    graph: home.graph,
    revision: Number(row.n),
    digest: `sha256:${row.digest}`,
    parent: row.parent === null ? null : `sha256:${row.parent}`,
    by: String(row.by),
    at: isoTime(Number(row.at) * 1000),
    file: graphFile(parseCanonical(fromUtf8(bytes))),
  };
};
