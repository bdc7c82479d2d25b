/** A Host governs the graph of one name: a file of another was meant for another Host. */
import { EntangleError } from '../../core/errors.ts';
import type { Graph } from '../../core/graph/model.ts';

/** `id` is that of the graph which the Host governs. */
export const requireNameOf = (id: string, graph: Graph): void => {
  const own = id.slice(id.indexOf('/') + 1);
  if (graph.name !== own)
    throw new EntangleError('invalid', `this Host governs the graph "${own}", not "${graph.name}"`, {
      hint: `set \`graph: ${own}\`, or use the home of the other Host`,
    });
};
