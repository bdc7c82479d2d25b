/** Who can be reached at all, and where work can go round for ever. */
import { type Edge, workEdge } from '../edges.ts';
import { endpointOf } from '../engines.ts';
import type { AgentNode } from '../model.ts';
import { targetProblem, targetsOf } from '../network.ts';
import type { Checked } from './draft.ts';

type Arcs = ReadonlyMap<string, readonly { readonly to: string; readonly edge: Edge }[]>;

/** Who may give work to whom, by the one decision that messages meet, and over which edge. */
export const workOver = ({ graph, types }: Checked): Arcs => {
  const arcs = new Map<string, { to: string; edge: Edge }[]>();
  const pairs = graph.edges.flatMap(({ from, to }) => [[from, to] as const, [to, from] as const]);
  for (const [who, to] of pairs) {
    const edge = workEdge(graph, { from: who, to }, types);
    if (edge === null) continue;
    const arc = { to, edge };
    const list = arcs.get(who);
    if (list) list.push(arc);
    else arcs.set(who, [arc]);
  }
  return arcs;
};

/** Warns of agents that no user can set to work, directly or through others. */
export const checkReach = ({ graph, report }: Checked, next: Arcs): void => {
  const reached = new Set<string>();
  const queue = [...graph.nodes].filter(([, node]) => node.kind === 'user').map(([name]) => name);
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    for (const { to } of next.get(name) ?? []) queue.push(to);
  }
  for (const name of graph.nodes.keys())
    if (!reached.has(name))
      report.add('unreachable_agent', `nodes.${name}:key`, `no user can reach \`${name}\` over any edge`);
};

/** What no fence of the machine holds: refused where a policy has to be enforced, and else shown. */
const checkOpen = ({ report }: Checked, name: string, { policy }: AgentNode): void => {
  if (policy.require === 'enforced')
    report.add(
      'not_enforced',
      `nodes.${name}.policy.require`,
      `nothing enforces a policy where \`${name}\` has \`sandbox: none\``,
    );
  else if (policy.network.length > 0)
    report.add(
      'network_not_enforced',
      `nodes.${name}.policy.network`,
      `\`${name}\` reaches everything all the same: nothing holds it back with \`sandbox: none\``,
    );
};

/** Tells of agents that reach what they should not, or not what they should. */
export const checkNetwork = (checked: Checked): void => {
  for (const [name, node] of checked.graph.nodes) {
    if (node.kind !== 'agent') continue;
    if (node.policy.sandbox === 'none') checkOpen(checked, name, node);
    else
      for (const target of targetsOf(endpointOf(node.engine) ?? '')) {
        const problem = targetProblem(target);
        if (problem !== null)
          checked.report.add(
            'no_network',
            `nodes.${name}.engine.endpoint`,
            `\`${name}\` cannot reach it: \`${target}\` ${problem}`,
          );
      }
  }
};

/** Warns of a graph in which nobody works. */
export const checkIdle = ({ graph, report }: Checked): void => {
  if (![...graph.nodes.values()].some(({ kind }) => kind === 'agent'))
    report.add('no_agents', 'nodes', 'has no agent');
};

/** Work passed on between agents none of which sets a budget. */
const passingOn = ({ graph }: Checked, work: Arcs): Arcs => {
  const loose = (name: string): boolean => {
    const node = graph.nodes.get(name);
    return node?.kind === 'agent' && node.policy.budget === undefined;
  };
  return new Map(
    [...work].flatMap(([who, arcs]) => {
      const kept = loose(who) ? arcs.filter(({ to }) => loose(to)) : [];
      return kept.length > 0 ? [[who, kept] as const] : [];
    }),
  );
};

type Frame = { readonly name: string; next: number };
/** Strongly connected components of more than one node (Tarjan 1972, with its own stack: files choose the depth). */
const rings = (arcs: Arcs): string[][] => {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  const found: string[][] = [];
  const enter = (name: string): Frame => {
    index.set(name, index.size);
    low.set(name, index.get(name)!);
    open.push(name);
    isOpen.add(name);
    return { name, next: 0 };
  };
  const lower = (name: string, value: number) => low.set(name, Math.min(low.get(name)!, value));
  const leave = (name: string): void => {
    if (low.get(name) !== index.get(name)) return;
    const ring = open.splice(open.lastIndexOf(name));
    for (const member of ring) isOpen.delete(member);
    if (ring.length > 1) found.push(ring);
  };
  for (const start of arcs.keys()) {
    if (index.has(start)) continue;
    const frames = [enter(start)];
    for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
      const to = arcs.get(frame.name)?.[frame.next++]?.to;
      if (to === undefined) {
        frames.pop();
        leave(frame.name);
        const parent = frames.at(-1);
        if (parent) lower(parent.name, low.get(frame.name)!);
      } else if (!index.has(to)) frames.push(enter(to));
      else if (isOpen.has(to)) lower(frame.name, index.get(to)!);
    }
  }
  return found;
};

/** Warns once for each ring of agents that pass work on with no budget anywhere in it. */
export const checkCycles = (checked: Checked, work: Arcs): void => {
  const arcs = passingOn(checked, work);
  for (const ring of rings(arcs)) {
    const members = new Set(ring);
    const arc = ring.flatMap((name) => arcs.get(name) ?? []).find(({ to }) => members.has(to))!;
    const names = ring.slice(0, 8).join(', ') + (ring.length > 8 ? ', …' : '');
    checked.report.add(
      'cycle_without_budget',
      checked.pathOf(arc.edge),
      `work can go round between ${names}, and none of them sets \`policy.budget\``,
    );
  }
};
