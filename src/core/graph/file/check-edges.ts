/** Edges under check: ends that exist, types that they carry, exchanges that come to an end. */
import { remembered } from '../../encoding/remembered.ts';
import { SIDES, type Side } from '../../vocabulary.ts';
import {
  COURSES,
  carries,
  type Edge,
  EXCHANGE,
  edgeText,
  edgeTypes,
  isInUse,
  notInUse,
  otherSide,
  roleOf,
  servesAnyEdge,
  type TypeInfo,
} from '../edges.ts';
import type { GraphNode } from '../model.ts';
import type { GraphDraft } from './draft.ts';
import { pathWithin } from './raw.ts';
import type { Report } from './report.ts';

/** Whether the graph has the node; reported with what may have been meant where it has not. */
export const knownNode = (name: string, path: string, draft: GraphDraft, report: Report): boolean => {
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
  side: Side,
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
  const exchange = EXCHANGE[edge.relation];
  if (!exchange) return null;
  const { side } = exchange;
  const isOfAgents = ends.a.kind === 'agent' && ends.b.kind === 'agent';
  const { opens, answers } = (isOfAgents ? exchange.ofAgents : undefined) ?? exchange;
  const sides = edge.relation === 'peers_with' ? SIDES : [side];
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

const checkCarried = (
  edge: Edge,
  path: string,
  possible: ReadonlySet<string>,
  { types, report }: Context,
) => {
  for (const type of edge.only ?? [])
    if (types.some((info) => info.type === type) && !possible.has(type))
      report.add('only_not_carried', path, `\`${edgeText(edge)}\` never carries ${type}`, {
        word: type,
        among: possible,
      });
};

/** What each kind of exchange needs from its first to its last message, by the type that opens it. */
const COURSE: ReadonlyMap<string, readonly string[]> = new Map(
  COURSES.map(({ opens, course }) => [opens, course]),
);

/** `only` may leave whole exchanges out, but what it lets begin must come to its end. */
const checkCourse = (edge: Edge, path: string, possible: ReadonlySet<string>, report: Report) => {
  const { only } = edge;
  if (!only) return;
  const openers = [...COURSE.keys()].filter((type) => possible.has(type));
  if (!openers.some((type) => only.includes(type)))
    return report.add('narrowed_unanswerable', path, `lets nothing begin: add ${openers.join(' or ')}`);
  for (const opener of openers.filter((type) => only.includes(type))) {
    const missing = COURSE.get(opener)!.filter((type) => possible.has(type) && !only.includes(type));
    if (missing.length > 0)
      report.add(
        'narrowed_unanswerable',
        path,
        `lets ${opener} pass but not ${missing.join(', ')}: it never ends`,
      );
  }
};

const checkTypes = (edge: Edge, path: string, { types, report }: Context): void => {
  for (const type of edge.only ?? [])
    if (!types.some((info) => info.type === type)) unknownType(type, path, types, report);
};

/** Of the types that there are only those that cross edges are worth a test or a place in `only`. */
export const unknownType = (type: string, path: string, types: readonly TypeInfo[], report: Report): void => {
  const among = edgeTypes(types);
  const words = `no message type \`${type.slice(0, 64)}\`; edges carry ${among.join(', ')}`;
  report.add('unknown_type', path, words, { word: type, among: types.map((info) => info.type) });
};

export type Context = {
  readonly draft: GraphDraft;
  readonly types: readonly TypeInfo[];
  readonly report: Report;
};

/** Of edges that no list narrows: what is sound between these kinds of nodes is so between all of them. */
const soundAlready = remembered((_types: readonly TypeInfo[]) => new Set<string>());

const checkEdge = (edge: Edge, path: string, context: Context) => {
  const { draft, types, report } = context;
  checkTypes(edge, path, context);
  const end = (which: 'from' | 'to') =>
    draft.nodes.has(edge[which]) || knownNode(edge[which], pathWithin(draft, path, which), draft, report);
  if ([end('from'), end('to')].includes(false)) return;
  if (edge.from === edge.to) return report.add('self_edge', path, `\`${edge.from}\` has an edge to itself`);
  const [a, b] = [draft.nodes.get(edge.from), draft.nodes.get(edge.to)];
  if (!a || !b) return;
  const words = edge.only ? null : `${a.kind} ${edge.relation} ${b.kind}`;
  if (words !== null && soundAlready(types).has(words)) return;
  const possible = crossing(edge, a, b, types);
  const deaf = deafness(edge, { a, b }, types);
  if (deaf !== null)
    return report.add('unanswerable', path, `\`${edgeText(edge)}\` can never be used: ${deaf}`);
  checkCarried(edge, path, possible, context);
  if (!isInUse(edge.relation, types)) return report.add('nothing_sent', path, notInUse(edge.relation));
  checkCourse(edge, path, possible, report);
  if (words !== null) soundAlready(types).add(words);
};

/** Reports what is wrong with edges; paths of those that count, by their words. */
export const checkEdges = (context: Context): Map<string, string> => {
  const { draft, report } = context;
  const paths = new Map<string, string>();
  for (const { edge, path } of draft.edges) {
    const text = edgeText(edge);
    if (paths.has(text)) {
      report.add('duplicate_edge', path, `\`${text}\` is written twice`);
      continue;
    }
    paths.set(text, path);
    checkEdge(edge, path, context);
  }
  return paths;
};
