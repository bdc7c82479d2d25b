/** Makes the changes of a plan, so that tests can ask whether it says all that differs: `applyPlan(plan(a, b), a) = b`. */
import { isDeepStrictEqual } from 'node:util';
import type { GraphChange, Plan } from '../../src/core/graph/change/plan.ts';
import { edgeText } from '../../src/core/graph/edges.ts';
import { type Graph, type GraphNode, makeGraph, testText } from '../../src/core/graph/model.ts';

/** Makes one change in a map; what it replaces must be what the plan saw. */
const replace = <V>(map: Map<string, V>, key: string, change: GraphChange): void => {
  const old = change.op === 'add' ? undefined : change.old;
  if (!isDeepStrictEqual(map.get(key), old)) throw new Error(`the plan saw another ${change.what} ${key}`);
  if (change.op === 'remove') map.delete(key);
  else map.set(key, change.new as V);
};

const approvalOf = (node: GraphNode | undefined) =>
  node?.kind === 'agent' ? new Map(node.policy.approval) : new Map();
const withApproval = (node: GraphNode, approval: ReturnType<typeof approvalOf>): GraphNode =>
  node.kind === 'agent' ? { ...node, policy: { ...node.policy, approval } } : node;

/** A changed node keeps the approval policies it has: the plan turns those by themselves. */
const applyNode = (nodes: Map<string, GraphNode>, change: Extract<GraphChange, { what: 'node' }>): void => {
  const { name } = change;
  const stays = change.op === 'change' && change.old.kind === change.new.kind;
  const approval = approvalOf(nodes.get(name));
  if (stays) nodes.set(name, withApproval(nodes.get(name)!, new Map()));
  replace(nodes, name, change);
  if (stays) nodes.set(name, withApproval(nodes.get(name)!, approval));
};

const applyPolicy = (
  nodes: Map<string, GraphNode>,
  change: Extract<GraphChange, { what: 'policy' }>,
): void => {
  const approval = approvalOf(nodes.get(change.node));
  replace(approval, change.operation, change);
  nodes.set(change.node, withApproval(nodes.get(change.node)!, approval));
};

export const applyPlan = ({ changes }: Pick<Plan, 'changes'>, before: Graph | null): Graph => {
  const names = new Map(before ? [['graph', before.name]] : []);
  const lists = new Map(
    (['secrets', 'principals'] as const).flatMap((what) => (before?.[what] ? [[what, before[what]]] : [])),
  );
  const nodes = new Map(before?.nodes);
  const edges = new Map((before?.edges ?? []).map((edge) => [edgeText(edge), edge]));
  const tests = new Map((before?.tests ?? []).map((test) => [testText(test), test]));
  const maps = { graph: names, secrets: lists, principals: lists, edge: edges, test: tests };
  for (const change of changes)
    if (change.what === 'node') applyNode(nodes, change);
    else if (change.what === 'policy') applyPolicy(nodes, change);
    else replace<unknown>(maps[change.what], change.name, change);
  return makeGraph({
    name: names.get('graph')!,
    nodes,
    edges: [...edges.values()],
    tests: [...tests.values()],
    secrets: lists.get('secrets') ?? null,
    principals: lists.get('principals') ?? null,
  });
};
