/** A graph file from disk: `-` is stdin; not found, too large and not text are told apart. */
import * as Args from '@oclif/core/args';
import { EntangleError } from '../../core/errors.ts';
import { type Parsed, parseGraph } from '../../core/graph/file/parse.ts';
import type { Problem } from '../../core/graph/file/report.ts';
import type { Graph } from '../../core/graph/model.ts';
import { sizeProblems } from '../../services/graph/size.ts';
import { GRAPH_TYPES } from '../../services/graph/types.ts';
import { counted, oneLine } from '../kit/render.ts';
import { readText, shownName } from '../kit/text-file.ts';

export const DEFAULT_FILE = 'graph.yaml';

/** A revision's number, as an argument. */
export const revisionArg = Args.custom<number>({
  parse: async (text) => {
    if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
    throw new EntangleError('usage', `"${text.slice(0, 80)}" is not a revision number`, {
      hint: 'see `entangle graph history`',
    });
  },
});

/** Parsed against the one message table, with what no message could carry. */
export const parseGraphText = (text: string, filename: string): Parsed => {
  const parsed = parseGraph(text, { filename, types: GRAPH_TYPES });
  if (!parsed.graph) return parsed;
  const large = sizeProblems(parsed.graph, parsed.source);
  return large.length === 0
    ? parsed
    : { ...parsed, graph: null, problems: [...parsed.problems, ...large.slice(0, 100)] };
};

/** `file:line:column: severity: message (path)`, as editors and CI understand it. */
export const problemLine = (filename: string, { line, column, severity, message, path }: Problem): string => {
  const place = `${shownName(filename)}:${line}:${column}`;
  return oneLine(`${place}: ${severity}: ${message}${path === '' ? '' : ` (${path})`}`);
};

/** Problems as `--json` gives them, or as lines for people. */
const detailsOf = (path: string, problems: readonly Problem[], json: boolean): unknown[] =>
  problems.map((problem) => (json ? { file: path, ...problem } : problemLine(path, problem)));

/** Each that is listed is counted. */
const countOf = (problems: readonly Problem[]): string => {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  const warnings = problems.length - errors;
  return [counted(errors, 'error'), ...(warnings > 0 ? [counted(warnings, 'warning')] : [])].join(' and ');
};

export type Read = Parsed & { graph: Graph };

/** The graph of a text, or one error that lists every problem. */
export function requireGraph(text: string, path: string, json: boolean): Read {
  const parsed = parseGraphText(text, path);
  const { graph, problems } = parsed;
  if (graph !== null) return { ...parsed, graph };
  throw new EntangleError('invalid', `${shownName(path)} has ${countOf(problems)}`, {
    details: detailsOf(path, problems, json),
    hint: 'see `entangle graph schema`',
  });
}

export const readGraph = async (path: string, json = false): Promise<Read> =>
  requireGraph(await readText(path), path, json);

/** The same, where warnings are refused as well. */
export async function readStrictGraph(path: string, json: boolean): Promise<Read> {
  const read = await readGraph(path, json);
  if (read.problems.length === 0) return read;
  throw new EntangleError('invalid', `${path} has warnings (--strict)`, {
    details: detailsOf(path, read.problems, json),
  });
}
