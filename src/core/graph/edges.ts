import { remembered } from '../encoding/remembered.ts';
import { RATE } from '../grammars.ts';
import {
  type CountedLimit,
  type Denial,
  type NodeKind,
  type RateUnit,
  type Relation,
  type Role,
  SIDES,
  type Side,
  WORK_TYPES,
  type WorkType,
} from '../vocabulary.ts';
/** Typed edges are the authorization model: the one decision about who may send what to whom (docs/design.md §4). */

export type Sending = `${Relation}.${Side}`;
/**
 * What the graph needs to know of a message type: who may sign it, and what sends it: sides such as "delegates_to.a",
 * or "any" for what serves every edge (blobs). A type that nothing sends is control plane and crosses no edge.
 */
export type TypeInfo = {
  readonly type: string;
  readonly signers: readonly Role[];
  readonly sends: readonly string[];
  /** Whom it is for, where that is known: a relation may lead to people and to agents, with a type for each. */
  readonly to?: readonly Role[];
};

/** How an edge may be narrowed; the same words in the file and in `routes`. */
export type Limits = {
  readonly only?: readonly string[];
  readonly max_concurrent?: number;
  /** "10/minute": count per second, minute, hour or day. */
  readonly rate?: string;
  readonly disabled?: true;
};
export type Edge = { readonly from: string; readonly relation: Relation; readonly to: string } & Limits;
/** `side` is the sender's side of the edge. A denial names the edge that came nearest, where there is one. */
export type EdgeDecision =
  | { readonly kind: 'allowed'; readonly edge: Edge; readonly relation: Relation; readonly side: Side }
  | { readonly kind: 'denied'; readonly reason: Denial; readonly edge?: Edge };

/**
 * `side` opens it with `opens`, the other side answers with `answers`; `course` is what it needs from its first to its
 * last message.
 */
type Exchange = Course & {
  readonly side: Side;
  /** What it is between two agents, where that is another. */
  readonly ofAgents?: Course;
};
type Course = {
  readonly opens: WorkType | 'approval.request' | 'review.request' | 'escalation';
  readonly answers: 'task.result' | 'approval.response' | 'review.result' | 'reply';
  readonly course: readonly string[];
};
const TASK = {
  side: 'a',
  opens: 'task.request',
  answers: 'task.result',
  course: ['task.accept', 'task.update', 'task.result'],
} as const satisfies Exchange;

/** The exchange each relation exists for; a relation over which nothing is sent has none. */
export const EXCHANGE: Readonly<Partial<Record<Relation, Exchange>>> = {
  delegates_to: TASK,
  hands_off_to: { ...TASK, opens: 'task.handoff' },
  approves: {
    side: 'b',
    opens: 'approval.request',
    answers: 'approval.response',
    course: ['approval.response', 'approval.closed'],
  },
  reviews: {
    side: 'b',
    opens: 'review.request',
    answers: 'review.result',
    course: ['review.result', 'review.closed'],
    ofAgents: {
      ...{ opens: 'task.review', answers: 'task.result' },
      course: [...TASK.course, 'review.result', 'review.closed'],
    },
  },
  escalates_to: {
    side: 'a',
    opens: 'escalation',
    answers: 'reply',
    course: ['reply', 'escalation.closed'],
    ofAgents: { opens: 'task.escalate', answers: 'task.result', course: TASK.course },
  },
  peers_with: TASK,
};

/** Each course that there is. */
export const COURSES: readonly Course[] = Object.values(EXCHANGE).flatMap(({ ofAgents, ...course }) => [
  course,
  ...(ofAgents ? [ofAgents] : []),
]);

export const otherSide = (side: Side): Side => (side === 'a' ? 'b' : 'a');
/** Users sign as `user`, agents through their node runtime as `node`. */
export const roleOf = (kind: NodeKind): Role => (kind === 'user' ? 'user' : 'node');
/** The words of an edge as the file writes them: also its identity within a graph. */
export const edgeText = (edge: Pick<Edge, 'from' | 'relation' | 'to'>): string =>
  `${edge.from} ${edge.relation} ${edge.to}`;

const ANY = 'any';
/** Serves whatever else crosses an edge, so it gives an edge no meaning of its own and is not narrowed by `only`. */
export const servesAnyEdge = (info: TypeInfo): boolean => info.sends.includes(ANY);

/** Whether a relation carries the type from that side. */
export const carries = (info: TypeInfo, relation: Relation, side: Side): boolean =>
  info.sends.includes(ANY) || info.sends.includes(`${relation}.${side}`);

/** Whether a message crosses edges of the relation, besides what serves any edge: relations without one are not in use. */
export const isInUse = (relation: Relation, types: readonly TypeInfo[]): boolean =>
  types.some((info) => !servesAnyEdge(info) && SIDES.some((side) => carries(info, relation, side)));
/** What is said of a relation that is not in use. */
export const notInUse = (relation: Relation): string => `nothing is sent over ${relation} yet`;

/** Types that cross edges, in the table's order. */
export const edgeTypes = (types: readonly TypeInfo[]): string[] =>
  types.filter((info) => info.sends.length > 0 && !servesAnyEdge(info)).map((info) => info.type);

/** An edge as seen from the sender. */
export type Link = { readonly edge: Edge; readonly side: Side };

const RANK: readonly Denial[] = ['disabled', 'narrowed', 'wrong_direction'];

/** Why one edge does not carry the type from this side, or null when it does. */
const objection = (link: Link, info: TypeInfo): Denial | null => {
  const { edge, side } = link;
  if (!carries(info, edge.relation, side))
    return carries(info, edge.relation, otherSide(side)) ? 'wrong_direction' : 'no_edge';
  if (edge.disabled) return 'disabled';
  if (edge.only && !edge.only.includes(info.type) && !servesAnyEdge(info)) return 'narrowed';
  return null;
};

/** Judges a message over the edges between two nodes: any one edge that carries it is enough. */
export const judge = (
  links: readonly Link[],
  type: string,
  sender: NodeKind,
  types: readonly TypeInfo[],
): EdgeDecision => {
  const info = types.find((one) => one.type === type);
  if (!info) return { kind: 'denied', reason: 'unknown_type' };
  if (!info.signers.includes(roleOf(sender)) || info.sends.length === 0)
    return { kind: 'denied', reason: 'role_never_sends' };
  let nearest: { reason: Denial; edge: Edge } | undefined;
  for (const link of links) {
    const reason = objection(link, info);
    if (reason === null)
      return { kind: 'allowed', edge: link.edge, relation: link.edge.relation, side: link.side };
    const better = !nearest || rankOf(reason) < rankOf(nearest.reason);
    if (reason !== 'no_edge' && better) nearest = { reason, edge: link.edge };
  }
  return { kind: 'denied', ...(nearest ?? { reason: 'no_edge' as const }) };
};

const rankOf = (reason: Denial): number => RANK.indexOf(reason);

/** The same for both orders. */
export const pairKey = (one: string, two: string): string => (one < two ? `${one} ${two}` : `${two} ${one}`);

/** Edges by pair of nodes and by node, so that a decision looks only at the edges of its pair. */
export type EdgeIndex = {
  readonly pairs: ReadonlyMap<string, readonly Edge[]>;
  readonly touching: ReadonlyMap<string, readonly Edge[]>;
};
export const indexEdges = (edges: readonly Edge[]): EdgeIndex => {
  const pairs = new Map<string, Edge[]>();
  const touching = new Map<string, Edge[]>();
  const push = (map: Map<string, Edge[]>, key: string, edge: Edge) => {
    const list = map.get(key);
    if (list) list.push(edge);
    else map.set(key, [edge]);
  };
  for (const edge of edges) {
    push(pairs, pairKey(edge.from, edge.to), edge);
    push(touching, edge.from, edge);
    if (edge.to !== edge.from) push(touching, edge.to, edge);
  }
  return { pairs, touching };
};

/** What a decision needs of a graph. */
type Joined = { readonly nodes: ReadonlyMap<string, { readonly kind: NodeKind }>; readonly index: EdgeIndex };

/** Edges between two nodes, in the graph's order. */
export const edgesBetween = (graph: Joined, one: string, two: string): readonly Edge[] =>
  graph.index.pairs.get(pairKey(one, two)) ?? [];

/** Edges that touch a node: its neighbourhood. */
export const neighbourhood = (graph: Joined, name: string): readonly Edge[] =>
  graph.index.touching.get(name) ?? [];

/** The edges between two nodes as the first sees them. */
export const linksBetween = (graph: Joined, from: string, to: string): Link[] =>
  edgesBetween(graph, from, to).map((edge): Link => ({ edge, side: edge.from === from ? 'a' : 'b' }));

type Work = { readonly from: string; readonly to: string };

const firstWorkEdge = (graph: Joined, { from, to }: Work, types: readonly TypeInfo[]): Edge | null => {
  for (const type of WORK_TYPES) {
    const decision = edgeDecision(graph, { from, type, to }, types);
    if (decision.kind === 'allowed') return decision.edge;
  }
  return null;
};

/** Of edges that no list narrows: the same for all that are so, so a graph of many is decided by few. */
const plainWork = remembered((_types: readonly TypeInfo[]) => new Map<string, boolean>());

/** Over which edge one may give the other work, if any. */
export const workEdge = (graph: Joined, work: Work, types: readonly TypeInfo[]): Edge | null => {
  const [edge, ...others] = edgesBetween(graph, work.from, work.to);
  const sender = graph.nodes.get(work.from)?.kind;
  if (!edge || others.length > 0 || edge.only || !sender || !graph.nodes.has(work.to))
    return firstWorkEdge(graph, work, types);
  const plain = plainWork(types);
  const words = `${sender} ${edge.relation} ${edge.from === work.from ? 'a' : 'b'} ${edge.disabled === true}`;
  const isCarried = plain.get(words) ?? firstWorkEdge(graph, work, types) !== null;
  plain.set(words, isCarried);
  return isCarried ? edge : null;
};

export type Question = { readonly from: string; readonly type: string; readonly to: string };

/** May `from` send `type` to `to` by this graph? Limits that need counting (rate, concurrency) are `overLimit`'s. */
export const edgeDecision = (graph: Joined, question: Question, types: readonly TypeInfo[]): EdgeDecision => {
  const { from, type, to } = question;
  const sender = graph.nodes.get(from);
  if (!sender || !graph.nodes.has(to)) return { kind: 'denied', reason: 'unknown_node' };
  return judge(linksBetween(graph, from, to), type, sender.kind, types);
};

const PER_MS: Readonly<Record<RateUnit, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** "10/minute" as 10 per 60,000 ms; null when it is not a rate. */
export const parseRate = (text: string): { readonly count: number; readonly perMs: number } | null => {
  const match = RATE.pattern.exec(text);
  return match ? { count: Number(match[1]), perMs: PER_MS[match[2] as RateUnit] } : null;
};

/** What runs over an edge now: messages within the rate's window, and open exchanges. */
export type Usage = { readonly recent: number; readonly open: number };

/** Which limit one more message over the edge would break; only opening types take a place of `max_concurrent`. */
export const overLimit = (limits: Limits, type: string, usage: Usage): CountedLimit | null => {
  const rate = limits.rate === undefined ? null : parseRate(limits.rate);
  if (rate && usage.recent >= rate.count) return 'rate';
  const opens = COURSES.some((course) => course.opens === type);
  if (opens && limits.max_concurrent !== undefined && usage.open >= limits.max_concurrent)
    return 'max_concurrent';
  return null;
};
