import type { Sha256Hex } from '../../core/graph/approvals.ts';
import type { Parsed } from '../../core/graph/file/parse.ts';
import type { Problem } from '../../core/graph/file/report.ts';
import { graphDigest } from '../../core/graph/revision.ts';

export type Validation = {
  /** No errors, and with `strict` no warnings. */
  valid: boolean;
  graph: string | null;
  /** "sha256:<hex>" of the canonical form. */
  digest: string | null;
  counts: { nodes: number; edges: number; tests: number };
  errors: number;
  warnings: number;
  problems: readonly Problem[];
};

/** What `graph validate` says of a file: every problem at once. */
export const validateGraph = (
  { graph, problems }: Parsed,
  options: { strict: boolean; sha256: Sha256Hex },
): Validation => {
  const warnings = problems.filter(({ severity }) => severity === 'warning').length;
  return {
    valid: graph !== null && (!options.strict || warnings === 0),
    graph: graph?.name ?? null,
    digest: graph && `sha256:${graphDigest(graph, options.sha256)}`,
    counts: {
      nodes: graph?.nodes.size ?? 0,
      edges: graph?.edges.length ?? 0,
      tests: graph?.tests.length ?? 0,
    },
    errors: problems.length - warnings,
    warnings,
    problems,
  };
};
