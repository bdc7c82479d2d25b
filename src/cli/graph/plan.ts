/** `graph plan` and `graph diff`: where the two graphs come from, and in which form the difference is read. */

import { readFile } from 'node:fs/promises';
import * as Flags from '@oclif/core/flags';
import { systemFiles } from '../../adapters/system/files.ts';
import { PLAN_FORMATS } from '../../core/command-words.ts';
import { safeJson } from '../../core/encoding/sanitize.ts';
import { EntangleError } from '../../core/errors.ts';
import { isPlanFile, writePlan } from '../../core/graph/change/plan-file.ts';
import type { Problem } from '../../core/graph/file/report.ts';
import type { Graph } from '../../core/graph/model.ts';
import { graphDigest } from '../../core/graph/revision.ts';
import { withTried } from '../../core/graph/tried.ts';
import type { HostClient } from '../../core/host-api/client.ts';
import { type Difference, difference } from '../../services/graph/diff.ts';
import { headAtHost, requireOwnName, revisionGraph, runState } from '../../services/graph/remote.ts';
import { type TestRun, testGraph } from '../../services/graph/test.ts';
import { GRAPH_TYPES } from '../../services/graph/types.ts';
import { detailedExitcode, hostFlags } from '../kit/flags.ts';
import { sha256Text } from '../kit/text-digest.ts';
import { problemLine, readGraph } from './file.ts';
import { resultLine } from './test.ts';
import { colouredPlan } from './text.ts';

export const format = Flags.option({
  description: 'output format',
  env: 'ENTANGLE_FORMAT',
  options: PLAN_FORMATS,
  default: 'text',
})();

export const planFlags = {
  out: Flags.string({
    description: 'save the plan to FILE for `graph apply`',
    env: 'ENTANGLE_PLAN_OUT',
    helpValue: 'FILE',
  }),
  format,
  'detailed-exitcode': detailedExitcode,
  ...hostFlags,
};

export type Shown = { value: object; changed: boolean; found: Difference };

const shown = (found: Difference, more: object): Shown => ({
  value: { changed: found.changed, ...more, ...found.json },
  changed: found.changed,
  found,
});

/** What `plan` says beside the plan: why applying it would be refused, and what `validate` warns of. */
export const plannedNotes = (path: string, value: Planned): string[] => [
  ...value.warnings.map((problem) => problemLine(path, problem)),
  ...value.tests.results.map(resultLine),
  ...(value.tests.failed > 0 ? ['the graph fails its own tests: `graph apply` will refuse it'] : []),
  value.base.revision === 0
    ? 'compared with: no revision yet'
    : `compared with: revision ${value.base.revision}`,
  ...(value.out === undefined ? [] : [`saved; apply it with \`entangle graph apply ${value.out}\``]),
];
export type Planned = {
  base: { revision: number; digest: string | null };
  warnings: readonly Problem[];
  tests: Pick<TestRun, 'failed' | 'results'>;
  out?: string;
};

const writeOut = async (path: string, text: string): Promise<void> => {
  try {
    // A plan may be made again; a graph file of that name is nobody's to overwrite.
    const before = await readFile(path, 'utf8').catch(() => null);
    if (before !== null && !isPlanFile(before))
      throw new EntangleError('conflict', `${path} exists and is not a saved plan`, {
        hint: 'use another file: --out FILE',
      });
    await systemFiles.write(path, text);
  } catch (error) {
    if (error instanceof EntangleError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    throw new EntangleError('invalid', `cannot write ${path}: ${code}`, { cause: error });
  }
};

/** What applying the file would change at the Host now, and what would follow; saved to `out` where asked. */
export const planFile = async (
  client: HostClient,
  path: string,
  wanted: { out: string | undefined; json: boolean },
): Promise<Shown> => {
  const read = await readGraph(path, wanted.json);
  const { graph } = read;
  await requireOwnName(client, graph);
  const head = await headAtHost(client);
  const state = await runState(client);
  const found = difference(head.graph, graph, state);
  const { n, digest } = head.base;
  const base = digest === null ? null : { n, digest };
  if (wanted.out !== undefined) await writeOut(wanted.out, writePlan(base, graph, sha256Text));
  const { failed, results } = testGraph(read, GRAPH_TYPES);
  return shown(found, {
    base: { revision: n, digest: digest && `sha256:${digest}` },
    warnings: read.problems.map((problem) => withTried(problem, graph, state.runners)),
    tests: { failed, results: results.filter(({ passed }) => !passed) },
    digest: `sha256:${graphDigest(graph, sha256Text)}`,
    ...(wanted.out !== undefined && { out: wanted.out }),
  });
};

const REVISION = /^[1-9][0-9]{0,8}$/;
/** A number, which asks the Host; anything else is a file. */
export const isRevision = (name: string): boolean => REVISION.test(name);

export const graphNamed = async (client: HostClient, name: string, json: boolean): Promise<Graph> =>
  isRevision(name) ? revisionGraph(client, Number(name)) : (await readGraph(name, json)).graph;

/** From the first to the second; one revision is compared with the head, one file the head with it. */
export const diffGraphs = async (
  client: HostClient,
  [one, two]: readonly [string, string | undefined],
  json: boolean,
): Promise<Shown> => {
  const first = await graphNamed(client, one, json);
  if (two !== undefined) return shown(difference(first, await graphNamed(client, two, json)), {});
  const { graph } = await headAtHost(client);
  return shown(REVISION.test(one) && graph ? difference(first, graph) : difference(graph, first), {});
};

export const differenceText = ({ value, found }: Shown, as: string): string => {
  if (as === 'markdown') return found.markdown;
  return as === 'json' ? safeJson(value, 2) : colouredPlan(found.lines, process.stdout);
};
