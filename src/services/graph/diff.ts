import { type Impact, impactOf } from '../../core/graph/change/impact.ts';
import { type Plan, plan } from '../../core/graph/change/plan.ts';
import { type PlanLine, planJson, planLines, planMarkdown } from '../../core/graph/change/render.ts';
import type { RunState } from '../../core/graph/change/run-state.ts';
import type { Graph } from '../../core/graph/model.ts';
import { GRAPH_TYPES } from './types.ts';

/** A difference in each form that somebody reads it in. */
export type Difference = {
  changed: boolean;
  plan: Plan;
  consequences: Impact | null;
  lines: PlanLine[];
  markdown: string;
  json: ReturnType<typeof planJson>;
};

/** What would change from one graph to another, and, where it is known what runs now, what follows from it. */
export const difference = (before: Graph | null, after: Graph, state?: RunState): Difference => {
  const planned = plan(before, after);
  const found = state ? impactOf(planned, state, GRAPH_TYPES) : undefined;
  return {
    changed: planned.changes.length > 0,
    plan: planned,
    consequences: found ?? null,
    lines: planLines(planned, found),
    markdown: planMarkdown(planned, found),
    json: planJson(planned, found),
  };
};
