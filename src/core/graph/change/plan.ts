/** The difference of two graphs as an ordered list of changes. */
import { canonicalize } from '../../encoding/canonical.ts';
import { nodeFile } from '../common-parts.ts';
import { type Edge, edgeText } from '../edges.ts';
import {
  type ApprovalPolicy,
  type Graph,
  type GraphNode,
  type GraphTest,
  makeGraph,
  order,
  testText,
} from '../model.ts';

type Turn<W extends string, V> =
  | { readonly what: W; readonly op: 'add'; readonly name: string; readonly new: V }
  | { readonly what: W; readonly op: 'remove'; readonly name: string; readonly old: V }
  | { readonly what: W; readonly op: 'change'; readonly name: string; readonly old: V; readonly new: V };
/** `name` is what the file calls the thing: a node, `node operation` of a policy, the words of an edge or a test. */
export type GraphChange =
  | Turn<'graph', string>
  | Turn<'secrets' | 'principals', readonly string[]>
  | Turn<'node', GraphNode>
  | (Turn<'policy', ApprovalPolicy> & { readonly node: string; readonly operation: string })
  | Turn<'edge', Edge>
  | Turn<'test', GraphTest>;
export type Plan = {
  readonly before: Graph | null;
  readonly after: Graph;
  readonly changes: readonly GraphChange[];
};

const EMPTY = makeGraph({
  name: '',
  nodes: new Map(),
  edges: [],
  tests: [],
  secrets: null,
  principals: null,
});

/** Adds, changes and removes between two maps, in order of key. */
const turns = <W extends string, V>(
  what: W,
  before: ReadonlyMap<string, V>,
  after: ReadonlyMap<string, V>,
  text: (value: V) => string,
): Turn<W, V>[] => {
  const out: Turn<W, V>[] = [];
  for (const [name, value] of after) {
    const old = before.get(name);
    if (old === undefined) out.push({ what, op: 'add', name, new: value });
    else if (text(old) !== text(value)) out.push({ what, op: 'change', name, old, new: value });
  }
  for (const [name, old] of before) if (!after.has(name)) out.push({ what, op: 'remove', name, old });
  return out.sort((one, two) => order(one.name, two.name));
};

const NOTHING: ReadonlyMap<string, ApprovalPolicy> = new Map();
/** A node without its approval policies: those are changes of their own while the node stays an agent. */
const bare = (node: GraphNode): GraphNode =>
  node.kind === 'agent' ? { ...node, policy: { ...node.policy, approval: NOTHING } } : node;
const bareText = (node: GraphNode): string => canonicalize(nodeFile(bare(node)));
const approvals = (node: GraphNode): ReadonlyMap<string, ApprovalPolicy> =>
  node.kind === 'agent' ? node.policy.approval : NOTHING;

const nodeTurns = (before: Graph, after: Graph): GraphChange[] => {
  const nodes = turns('node', before.nodes, after.nodes, bareText).map((turn): GraphChange => {
    if (turn.op !== 'change' || turn.old.kind !== turn.new.kind) return turn;
    return { ...turn, old: bare(turn.old), new: bare(turn.new) };
  });
  const policies = [...after.nodes].flatMap(([name, node]): GraphChange[] => {
    const old = before.nodes.get(name);
    if (!old || old.kind !== node.kind) return [];
    return turns('policy', approvals(old), approvals(node), canonicalize).map((turn): GraphChange => {
      const operation = turn.name;
      return { ...turn, name: `${name} ${operation}`, node: name, operation };
    });
  });
  return [...nodes, ...policies];
};

const listTurn = (
  what: 'secrets' | 'principals',
  old: readonly string[] | null,
  now: readonly string[] | null,
): GraphChange[] => {
  const map = (list: readonly string[] | null) => new Map(list ? [[what as string, list]] : []);
  return turns(what, map(old), map(now), canonicalize);
};

const keyed = <T>(list: readonly T[], text: (item: T) => string): Map<string, T> =>
  new Map(list.map((item) => [text(item), item]));

/** What must change to make `before` into `after`; from nothing when there is no graph yet. */
export const plan = (before: Graph | null, after: Graph): Plan => {
  const old = before ?? EMPTY;
  const named = (graph: Graph) => new Map(graph.name === '' ? [] : [['graph', graph.name]]);
  const changes: GraphChange[] = [
    ...turns('graph', named(old), named(after), String),
    ...listTurn('secrets', old.secrets, after.secrets),
    ...listTurn('principals', old.principals, after.principals),
    ...nodeTurns(old, after),
    ...turns('edge', keyed(old.edges, edgeText), keyed(after.edges, edgeText), canonicalize),
    ...turns('test', keyed(old.tests, testText), keyed(after.tests, testText), testText),
  ];
  return { before, after, changes };
};
