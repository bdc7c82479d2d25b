import type { TypeInfo } from '../../core/graph/edges.ts';
import { parseGraph } from '../../core/graph/file/parse.ts';
import { type TemplateValues, template } from '../../core/graph/file/templates.ts';
import type { Template } from '../../core/vocabulary.ts';
import { soundGraph } from './sound.ts';

/** Text of a new graph file; throws `invalid` when a value (name, key, repository) does not fit in one. */
export const initGraph = (kind: Template, values: TemplateValues, types: readonly TypeInfo[]): string => {
  const text = template(kind, values);
  soundGraph(parseGraph(text, { types, filename: `${kind} template` }));
  return text;
};
