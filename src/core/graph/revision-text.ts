/** A revision as the YAML that people read, and where its edges stand in it: what was written here is not read to find them. */
import { yamlText } from '../encoding/yaml.ts';
import { edgeText } from './edges.ts';
import type { GraphSource } from './file/parse.ts';
import { NOWHERE } from './file/source-map.ts';
import type { Graph } from './model.ts';

/** The text of a revision as a value of the file format, below lines that say which it is. */
export const revisionYaml = (head: readonly string[], file: object): string =>
  [...head.map((line) => `# ${line}\n`), yamlText(file)].join('');

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

/** Lines of a value that begins on a line of its own, as the writer lays it out. */
const linesOf = (value: unknown): number => {
  // Something follows it, as in a list: behind the last value of a document some texts are followed by its end.
  if (typeof value === 'string' && value.includes('\n'))
    return yamlText({ a: value, b: 0 }).split('\n').length - 2;
  if (typeof value !== 'object' || value === null || isEmpty(value)) return 1;
  return Array.isArray(value)
    ? value.reduce((sum: number, one) => sum + linesOf(one), 0)
    : Object.values(value).reduce((sum: number, one) => sum + belowKey(one), 0);
};

/** A map or list that holds something begins below its key, everything else behind it. */
const belowKey = (value: unknown): number =>
  linesOf(value) + (typeof value === 'object' && value !== null && !isEmpty(value) ? 1 : 0);

/** Of `- `, below a key that is not indented. */
const COLUMN = 5;

/** Where the edges of a graph stand in the text that `revisionYaml` gives of it below so many lines. */
export const revisionSource = (
  filename: string,
  head: readonly string[],
  file: Readonly<Record<string, unknown>>,
  graph: Graph,
): GraphSource => {
  const edgePaths = new Map(graph.edges.map((edge, i) => [edgeText(edge), `edges.${i}`]));
  const lines = new Map<string, number>();
  let line = head.length + 1;
  for (const [key, value] of Object.entries(file)) {
    if (key === 'edges' && Array.isArray(value)) {
      let at = line + 1;
      for (const [i, edge] of value.entries()) {
        lines.set(`edges.${i}`, at);
        at += linesOf(edge);
      }
    }
    line += belowKey(value);
  }
  return {
    filename,
    edgePaths,
    testPaths: new Map(),
    lines: [],
    at: (path) => {
      const found = lines.get(path);
      return found === undefined ? NOWHERE.at(path) : { line: found, column: COLUMN };
    },
  };
};
