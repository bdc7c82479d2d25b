/** A saved plan: the graph to apply and the revision it was planned on, so that apply refuses a moved base. */
import * as z from 'zod';
import { MAX_GRAPH_BYTES } from '../../bounds.ts';
import { canonicalize } from '../../encoding/canonical.ts';
import { readBy } from '../../encoding/issues.ts';
import { digest } from '../../encoding/schema.ts';
import { EntangleError } from '../../errors.ts';
import type { Sha256Hex } from '../approvals.ts';
import type { Graph } from '../model.ts';
import { canonicalGraph, parseCanonical } from '../revision.ts';

const schema = z.strictObject({
  format: z.literal('entangle/plan/1'),
  base: z.strictObject({ n: z.int().min(1), digest }).nullable(),
  digest,
  graph: z.string().max(MAX_GRAPH_BYTES),
});
/** `base` is null when there was no revision yet; digests are hex. */
export type SavedPlan = {
  readonly base: { readonly n: number; readonly digest: string } | null;
  readonly digest: string;
  readonly graph: Graph;
};

export const writePlan = (base: SavedPlan['base'], graph: Graph, sha256: Sha256Hex): string => {
  const text = canonicalGraph(graph);
  return `${canonicalize({ format: 'entangle/plan/1', base, digest: sha256(text), graph: text })}\n`;
};

/** Whether a text is a saved plan rather than a graph file. */
export const isPlanFile = (text: string): boolean =>
  /^\{"base":/.test(text) && text.includes('"entangle/plan/1"');

/** Reads a saved plan; throws `invalid` when it is damaged. */
export const readPlan = (text: string, sha256: Sha256Hex): SavedPlan => {
  const refuse = (why: string) => new EntangleError('invalid', `the saved plan cannot be used: ${why}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse('it is not JSON');
  }
  const data = readBy(schema, value, refuse);
  if (sha256(data.graph) !== data.digest) throw refuse('its digest does not match its graph');
  return { ...data, graph: parseCanonical(data.graph) };
};
