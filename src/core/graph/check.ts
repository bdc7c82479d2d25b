/** What a schema cannot see: names that must exist, edges that mean nothing, policy nobody can satisfy. */
import { schnorr } from '@noble/curves/secp256k1.js';
import { checkApprovals } from './approvals.ts';
import {
  carries,
  type Edge,
  EXCHANGE,
  edgeText,
  otherSide,
  roleOf,
  servesAnyEdge,
  type TypeInfo,
} from './edges.ts';
import { type Graph, type GraphNode, makeGraph } from './model.ts';
import type { Draft } from './parse.ts';
import { checkCycles, checkReach } from './reach.ts';
import type { Report } from './report.ts';

/** One draft under check: the graph of its sound parts, and where its parts stand. */
export type Checked = {
  readonly draft: Draft;
  readonly graph: Graph;
  readonly types: readonly TypeInfo[];
  readonly report: Report;
  /** File path of an edge of `graph`. */
  pathOf(edge: Edge): string;
};

const isPoint = (pubkey: string): boolean => {
  try {
    schnorr.utils.lift_x(BigInt(`0x${pubkey}`));
    return true;
  } catch {
    return false;
  }
};

const checkPubkeys = (draft: Draft, report: Report): void => {
  const owners = new Map<string, string>();
  for (const [name, node] of draft.nodes) {
    if (node?.kind !== 'user') continue;
    const path = `nodes.${name}.pubkey`;
    const owner = owners.get(node.pubkey);
    if (owner !== undefined)
      report.add('duplicate_pubkey', path, `\`${name}\` has the pubkey of \`${owner}\`: one key, one node`);
    else if (!isPoint(node.pubkey))
      report.add('pubkey', path, 'is no public key: no point of secp256k1 has it');
    owners.set(node.pubkey, name);
  }
};

const knownNode = (name: string, path: string, draft: Draft, report: Report): boolean => {
  if (draft.nodes.has(name)) return true;
  report.add('unknown_node', path, `no node \`${name.slice(0, 64)}\``, {
    word: name,
    among: draft.nodes.keys(),
  });
  return false;
};

/** Types that may cross the edge one way or the other, by the roles at its ends. */
const crossing = (edge: Edge, from: GraphNode, to: GraphNode, types: readonly TypeInfo[]): Set<string> => {
  const found = new Set<string>();
  for (const info of types.filter((one) => !servesAnyEdge(one)))
    for (const [side, node] of [
      ['a', from],
      ['b', to],
    ] as const)
      if (info.signers.includes(roleOf(node.kind)) && carries(info, edge.relation, side))
        found.add(info.type);
  return found;
};

const canSend = (
  edge: Edge,
  side: 'a' | 'b',
  node: GraphNode,
  type: string,
  types: readonly TypeInfo[],
): boolean =>
  types.some(
    (info) =>
      info.type === type && info.signers.includes(roleOf(node.kind)) && carries(info, edge.relation, side),
  );

/** The way in which nobody can open the edge's exchange or answer it, or null when it works at least one way. */
const deafness = (
  edge: Edge,
  ends: { a: GraphNode; b: GraphNode },
  types: readonly TypeInfo[],
): string | null => {
  const { side, opens, answers } = EXCHANGE[edge.relation];
  const sides = edge.relation === 'peers_with' ? (['a', 'b'] as const) : [side];
  let words: string | null = null;
  for (const opener of sides) {
    const [asks, tells] = opener === 'a' ? [edge.from, edge.to] : [edge.to, edge.from];
    if (!canSend(edge, opener, ends[opener], opens, types))
      words = `\`${asks}\` (${ends[opener].kind}) never sends ${opens}`;
    else if (!canSend(edge, otherSide(opener), ends[otherSide(opener)], answers, types))
      words = `\`${tells}\` (${ends[otherSide(opener)].kind}) never sends ${answers}`;
    else return null;
  }
  return words;
};

const checkNarrowing = (
  edge: Edge,
  path: string,
  possible: ReadonlySet<string>,
  types: readonly TypeInfo[],
  report: Report,
) => {
  for (const type of edge.only ?? []) {
    const among = possible;
    if (!types.some((info) => info.type === type))
      report.add('unknown_type', path, `no message type \`${type}\``, {
        word: type,
        among: types.map((info) => info.type),
      });
    else if (!possible.has(type))
      report.add('only_not_carried', path, `\`${edgeText(edge)}\` never carries ${type}`, {
        word: type,
        among,
      });
  }
  const { opens, answers } = EXCHANGE[edge.relation];
  if (edge.only?.includes(opens) && !edge.only.includes(answers))
    report.add('narrowed_unanswerable', path, `lets ${opens} pass but not its answer ${answers}`);
};

const checkEdge = (edge: Edge, path: string, draft: Draft, types: readonly TypeInfo[], report: Report) => {
  const ends = [knownNode(edge.from, path, draft, report), knownNode(edge.to, path, draft, report)];
  if (ends.includes(false)) return;
  if (edge.from === edge.to) return report.add('self_edge', path, `\`${edge.from}\` has an edge to itself`);
  const [a, b] = [draft.nodes.get(edge.from), draft.nodes.get(edge.to)];
  if (!a || !b) return;
  const possible = crossing(edge, a, b, types);
  const deaf = deafness(edge, { a, b }, types);
  if (possible.size === 0)
    report.add(
      'mute_edge',
      path,
      `neither a ${a.kind} nor a ${b.kind} may send anything over \`${edgeText(edge)}\``,
    );
  else if (deaf !== null)
    report.add('unanswerable', path, `\`${edgeText(edge)}\` can never be used: ${deaf}`);
  else checkNarrowing(edge, path, possible, types, report);
};

const checkEdges = (draft: Draft, types: readonly TypeInfo[], report: Report): Map<string, string> => {
  const paths = new Map<string, string>();
  for (const { edge, path } of draft.edges) {
    const text = edgeText(edge);
    if (paths.has(text)) {
      report.add('duplicate_edge', path, `\`${text}\` is written twice`);
      continue;
    }
    paths.set(text, path);
    checkEdge(edge, path, draft, types, report);
  }
  return paths;
};

const checkNames = (draft: Draft, report: Report): void => {
  const declared = {
    secret: draft.secrets && new Set(draft.secrets),
    principal: draft.principals && new Set(draft.principals),
  };
  const known = (what: 'secret' | 'principal', name: string, place: string) => {
    const among = declared[what];
    if (among === null || among.has(name)) return;
    report.add(`unknown_${what}`, place, `no ${what} \`${name}\` is declared`, { word: name, among });
  };
  for (const [name, node] of draft.nodes) {
    if (node?.kind !== 'agent') continue;
    const path = `nodes.${name}`;
    const auth = node.engine.auth;
    if (auth !== 'none') known('secret', auth.slice('secret:'.length), `${path}.engine.auth`);
    for (const secret of node.secrets) known('secret', secret, `${path}.secrets`);
    const principal = node.workspace?.principal;
    if (principal !== undefined) known('principal', principal, `${path}.workspace.principal`);
  }
};

const checkTests = (draft: Draft, types: readonly TypeInfo[], report: Report): void => {
  for (const { test, path } of draft.tests) {
    knownNode(test.from, path, draft, report);
    knownNode(test.to, path, draft, report);
    if (!types.some((info) => info.type === test.type))
      report.add('unknown_type', path, `no message type \`${test.type.slice(0, 64)}\``, {
        word: test.type,
        among: types.map((info) => info.type),
      });
  }
};

/** The graph of what is sound, so that one bad part hides no problem of the others. */
const soundGraph = (draft: Draft, paths: ReadonlyMap<string, string>): Graph => {
  const nodes = new Map<string, GraphNode>();
  for (const [name, node] of draft.nodes) if (node) nodes.set(name, node);
  const edges = draft.edges
    .filter(({ edge, path }) => paths.get(edgeText(edge)) === path && edge.from !== edge.to)
    .map(({ edge }) => edge)
    .filter((edge) => nodes.has(edge.from) && nodes.has(edge.to));
  return makeGraph({ name: 'draft', nodes, edges, tests: [], secrets: null, principals: null });
};

/** Reports every semantic problem of a draft. */
export const check = (draft: Draft, types: readonly TypeInfo[], report: Report): void => {
  checkPubkeys(draft, report);
  const paths = checkEdges(draft, types, report);
  checkNames(draft, report);
  checkTests(draft, types, report);
  const graph = soundGraph(draft, paths);
  const pathOf = (edge: Edge): string => paths.get(edgeText(edge)) ?? 'edges';
  const checked: Checked = { draft, graph, types, report, pathOf };
  checkApprovals(checked);
  checkCycles(checked);
  // A part that could not be read may be the missing way, so reachability is judged on sound files only.
  if (report.errors === 0) checkReach(checked);
};
