import { EntangleError } from '../../core/errors.ts';
import type { Parsed } from '../../core/graph/file/parse.ts';
import type { Graph } from '../../core/graph/model.ts';

/** The graph of a parse; throws `invalid`, with every problem in its details, when there is an error. */
export const soundGraph = ({ graph, problems, source }: Parsed): Graph => {
  if (graph) return graph;
  const errors = problems.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const where = first ? `${source.filename ?? 'graph'}:${first.line}:${first.column}: ${first.message}` : '';
  throw new EntangleError(
    'invalid',
    `the graph has ${errors.length} error${errors.length === 1 ? '' : 's'}: ${where}`,
    { hint: 'see all of them with `entangle graph validate`', details: problems },
  );
};
