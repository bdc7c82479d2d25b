/** Whether a runner can carry an agent node: one answer for the Host that places it and for the plan that foretells it. */
import type { AgentNode } from './model.ts';

/** What a runner says of itself in its hello. */
export type RunnerOffer = {
  readonly name: string;
  readonly engines: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly sandbox: readonly string[];
};

/** Why the runner cannot carry the node, or null. */
export const misfit = (node: AgentNode, runner: RunnerOffer): string | null => {
  const { engine, placement, policy } = node;
  if (placement.runner !== undefined && placement.runner !== runner.name)
    return `the graph places it on ${placement.runner}`;
  if (!runner.engines.includes(engine.type)) return `it has no ${engine.type} engine`;
  if (!runner.sandbox.includes(policy.sandbox)) return `it offers no sandbox "${policy.sandbox}"`;
  for (const [key, value] of placement.labels)
    if (runner.labels[key] !== value)
      return `label ${key} is ${runner.labels[key] ?? 'not set'}, not ${value}`;
  return null;
};
