import type { Template } from '../../core/command-words.ts';
import { EntangleError } from '../../core/errors.ts';
import type { TypeInfo } from '../../core/graph/edges.ts';
import { parseGraph } from '../../core/graph/file/parse.ts';
import { type TemplateValues, template } from '../../core/graph/file/templates.ts';

/**
 * Text of a new graph file; throws `invalid` when a value (name, key, repository) does not fit in one. Nobody has seen the
 * template: a line of it tells nothing.
 */
export const initGraph = (kind: Template, values: TemplateValues, types: readonly TypeInfo[]): string => {
  const text = template(kind, values);
  const { graph, problems } = parseGraph(text, { types, filename: `${kind} template` });
  if (graph) return text;
  const [first] = problems.filter(({ severity }) => severity === 'error');
  throw new EntangleError('invalid', first!.message, {
    hint: 'change the value that `entangle graph init` was given, or that it took from this directory',
  });
};
