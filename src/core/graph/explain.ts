/** Why a message may or may not go: the answer of `decide` in words, with the line of the file that decides. */
import { nearest } from '../encoding/nearest.ts';
import { type CountedLimit, type Denial, RELATIONS, SIDES } from '../vocabulary.ts';
import {
  carries,
  type Edge,
  type EdgeDecision,
  EXCHANGE,
  edgeDecision,
  edgesBetween,
  edgeText,
  edgeTypes,
  isInUse,
  judge,
  linksBetween,
  notInUse,
  overLimit,
  type Question,
  roleOf,
  servesAnyEdge,
  type TypeInfo,
  type Usage,
} from './edges.ts';
import type { GraphSource } from './file/parse.ts';
import type { Graph } from './model.ts';

export type Reason = 'allowed' | Denial | CountedLimit;
/** A line of the file; `line` counts from 1. */
export type SourcePlace = {
  filename: string | null;
  path: string;
  line: number;
  column: number;
  text: string;
};
export type Explanation = {
  question: Question;
  allowed: boolean;
  reason: Reason;
  sentence: string;
  /** The edge that decides, as the file words it; null where there is none. */
  edge: string | null;
  place: SourcePlace | null;
  suggestion: string | null;
};
export type ExplainOptions = {
  source?: GraphSource;
  /** What runs over an edge now; left out, limits that need counting are not judged. */
  usage?: (edge: Edge) => Usage;
};

const placeOf = (source: GraphSource | undefined, path: string | undefined): SourcePlace | null => {
  if (!source || path === undefined) return null;
  const { line, column } = source.at(path);
  const text = (source.lines[line - 1] ?? '').trim().slice(0, 200);
  return { filename: source.filename, path, line, column, text };
};

/** Place of an edge in its file; one that is written over several lines is shown as one. */
export const edgePlace = (source: GraphSource | undefined, edge: Edge): SourcePlace | null => {
  const place = placeOf(source, source?.edgePaths.get(edgeText(edge)));
  const isWhole = place?.text.includes(edge.relation);
  return place && (isWhole ? place : { ...place, text: edgeLine(edge) });
};

const edgeLine = (edge: Edge): string => {
  const { from: _from, relation: _relation, to: _to, ...limits } = edge;
  return [edgeText(edge), ...(Object.keys(limits).length > 0 ? [JSON.stringify(limits)] : [])].join(' ');
};

const ROLE_WORDS = { host: 'the Host', runner: 'a runner', user: 'a user', node: 'an agent' } as const;

const neverSends = (graph: Graph, { from, type }: Question, types: readonly TypeInfo[]): string => {
  const kind = graph.nodes.get(from)!.kind;
  const signers = types.find((info) => info.type === type)!.signers;
  const who = signers.map((role) => ROLE_WORDS[role]).join(' and ');
  if (signers.includes(roleOf(kind))) return `${type} crosses no edge: it belongs to the control plane`;
  return `\`${from}\` is ${ROLE_WORDS[roleOf(kind)]}; ${type} is sent by ${who} only`;
};

/** The edges that would carry it, were one of them there; none to whom it is never for. */
const missing = (graph: Graph, { from, type, to }: Question, types: readonly TypeInfo[]): string => {
  const info = types.find((one) => one.type === type);
  if (!info || servesAnyEdge(info) || !isForThem(graph, { from, type, to }, types)) return '';
  const edges = RELATIONS.flatMap((relation) => {
    const side = SIDES.find((one) => carries(info, relation, one));
    const ends = side === 'a' ? { from, relation, to } : { from: to, relation, to: from };
    return side === undefined ? [] : [`\`${edgeText(ends)}\``];
  });
  return `; ${edges.join(' or ')} would carry ${type}`;
};

const noEdge = (graph: Graph, question: Question, types: readonly TypeInfo[]): string => {
  const { from, type, to } = question;
  const edges = edgesBetween(graph, from, to);
  if (edges.length === 0)
    return `there is no edge between \`${from}\` and \`${to}\`${missing(graph, question, types)}`;
  const list = edges.slice(0, 4).map((edge) => `\`${edgeText(edge)}\``);
  return `none of the edges between \`${from}\` and \`${to}\` carries ${type}: ${list.join(', ')}${unused(edges, types)}${missing(graph, question, types)}`;
};

/** Relations among these edges over which nothing is sent yet. */
const unused = (edges: readonly Edge[], types: readonly TypeInfo[]): string =>
  [...new Set(edges.map(({ relation }) => relation))]
    .filter((relation) => !isInUse(relation, types))
    .map((relation) => `; ${notInUse(relation)}`)
    .join('');

const denialWords = (
  graph: Graph,
  question: Question,
  denial: Extract<EdgeDecision, { kind: 'denied' }>,
  types: readonly TypeInfo[],
): string => {
  const { from, type, to } = question;
  const edge = denial.edge ? `\`${edgeText(denial.edge)}\`` : '';
  switch (denial.reason) {
    case 'unknown_type':
      return `there is no message type \`${type}\`; edges carry ${edgeTypes(types).join(', ')}${unused(edgesBetween(graph, from, to), types)}`;
    case 'unknown_node':
      return `there is no node \`${graph.nodes.has(from) ? to : from}\``;
    case 'role_never_sends':
      return neverSends(graph, question, types);
    case 'no_edge':
      return noEdge(graph, question, types);
    case 'wrong_direction':
      return `${edge} carries ${type} from \`${to}\` to \`${from}\`, not back`;
    case 'narrowed':
      return `${edge} would carry ${type}, but its \`only\` leaves it out`;
    case 'disabled':
      return `${edge} would carry ${type}, but is disabled`;
  }
};

const suggestionFor = (graph: Graph, question: Question, reason: Reason, types: readonly TypeInfo[]) => {
  if (reason === 'unknown_type')
    return nearest(
      question.type,
      types.map((info) => info.type),
    );
  if (reason !== 'unknown_node') return null;
  const missing = graph.nodes.has(question.from) ? question.to : question.from;
  return nearest(missing, graph.nodes.keys());
};

const LIMIT_WORDS = {
  rate: (edge: Edge) => `is at its rate of ${edge.rate}`,
  max_concurrent: (edge: Edge) => `has its ${edge.max_concurrent} open at once`,
} as const;

type Over = { edge: Edge; limit: CountedLimit };

/** As the ends decide it: any one edge that carries the type and has room is enough; the first full one is named. */
const decideWithRoom = (
  graph: Graph,
  question: Question,
  types: readonly TypeInfo[],
  usage: ExplainOptions['usage'],
): { decision: EdgeDecision; over: Over | null } => {
  const whole = edgeDecision(graph, question, types);
  if (whole.kind === 'denied' || !usage) return { decision: whole, over: null };
  let over: Over | null = null;
  let links = linksBetween(graph, question.from, question.to);
  for (;;) {
    const decision = judge(links, question.type, graph.nodes.get(question.from)!.kind, types);
    if (decision.kind === 'denied') return { decision: whole, over };
    const limit = overLimit(decision.edge, question.type, usage(decision.edge));
    if (limit === null) return { decision, over: null };
    over ??= { edge: decision.edge, limit };
    links = links.filter(({ edge }) => edge !== decision.edge);
  }
};

/** Of a relation that leads to people and to agents: which of its two exchanges this edge has, and which not. */
const coursesOf = (graph: Graph, { from, relation, to }: Edge): string => {
  const exchange = EXCHANGE[relation];
  if (!exchange?.ofAgents) return '';
  // Whoever is asked stands on the other side of whoever opens it
  const asked = exchange.side === 'a' ? to : from;
  const { kind } = graph.nodes.get(asked)!;
  const both = [exchange.opens, exchange.ofAgents.opens];
  const [sent, left] = kind === 'agent' ? both.reverse() : both;
  return `; \`${asked}\` is ${ROLE_WORDS[roleOf(kind)]}: what it is asked over \`${edgeText({ from, relation, to })}\` is ${sent}, and never ${left}`;
};

const isForThem = (graph: Graph, { type, to }: Question, types: readonly TypeInfo[]): boolean => {
  const readers = types.find((info) => info.type === type)?.to;
  return readers === undefined || readers.includes(roleOf(graph.nodes.get(to)!.kind));
};

/** Answers `explain FROM TYPE TO`. */
export const explain = (
  graph: Graph,
  question: Question,
  types: readonly TypeInfo[],
  options: ExplainOptions = {},
): Explanation => {
  const { decision, over } = decideWithRoom(graph, question, types, options.usage);
  const edge = over?.edge ?? decision.edge ?? null;
  const common = { question, edge: edge && edgeText(edge), place: edge && edgePlace(options.source, edge) };
  if (decision.kind === 'denied') {
    const words = denialWords(graph, question, decision, types);
    const suggestion = suggestionFor(graph, question, decision.reason, types);
    const sentence = suggestion === null ? words : `${words}; did you mean \`${suggestion}\`?`;
    return { ...common, allowed: false, reason: decision.reason, sentence, suggestion };
  }
  const { from, type, to } = question;
  const courses = coursesOf(graph, decision.edge);
  if (!isForThem(graph, question, types)) {
    const role = ROLE_WORDS[roleOf(graph.nodes.get(to)!.kind)];
    const sentence = `${type} is never sent to ${role}${courses}`;
    return { ...common, allowed: false, reason: 'role_never_sends', sentence, suggestion: null };
  }
  if (over) {
    const sentence = `\`${edgeText(over.edge)}\` carries ${question.type}, but ${LIMIT_WORDS[over.limit](over.edge)}`;
    return { ...common, allowed: false, reason: over.limit, sentence, suggestion: null };
  }
  const sentence = `\`${edgeText(decision.edge)}\` carries ${type} from \`${from}\` to \`${to}\`${courses}`;
  return { ...common, allowed: true, reason: 'allowed', sentence, suggestion: null };
};
