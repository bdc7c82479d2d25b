/** A graph file from disk: `-` is stdin; not found, too large and not text are told apart. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import * as Args from '@oclif/core/args';
import { EntangleError } from '../core/errors.ts';
import type { Graph } from '../core/graph/model.ts';
import { type Parsed, parseGraph } from '../core/graph/parse.ts';
import type { Problem } from '../core/graph/report.ts';
import { sizeProblems } from '../services/graph/size.ts';
import { GRAPH_TYPES } from '../services/graph/types.ts';

const maxBytes = 4_194_304;
export const DEFAULT_FILE = 'graph.yaml';

async function bytesOf(path: string): Promise<Buffer> {
  const file = path === '-' ? null : await open(path, 'r');
  const stream = file === null ? process.stdin : file.createReadStream({ end: maxBytes });
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    chunks.push(chunk as Buffer);
    if (size > maxBytes) throw new EntangleError('invalid', `${path} is larger than 4 MiB`);
  }
  return Buffer.concat(chunks);
}

/** The text of a file that a person named. */
export async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await bytesOf(path));
  } catch (error) {
    if (error instanceof EntangleError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new EntangleError('not_found', `no such file: ${path}`);
    if (code === 'EISDIR') throw new EntangleError('invalid', `${path} is a directory, not a graph file`);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new EntangleError('invalid', `${path} is not UTF-8 text`);
    throw new EntangleError('invalid', `cannot read ${path}: ${code}`, { cause: error });
  }
}

/** A revision's number, as an argument. */
export const revisionArg = Args.custom<number>({
  parse: async (text) => {
    if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
    throw new EntangleError('usage', `"${text.slice(0, 80)}" is not a revision number`, {
      hint: 'see `entangle graph history`',
    });
  },
});

export const sha256Text = (text: string): string => createHash('sha256').update(text).digest('hex');

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
  const place = `${filename === '-' ? 'stdin' : filename}:${line}:${column}`;
  return `${place}: ${severity}: ${message}${path === '' ? '' : ` (${path})`}`;
};

/** Problems as `--json` gives them, or as lines for people. */
const detailsOf = (path: string, problems: readonly Problem[], json: boolean): unknown[] =>
  problems.map((problem) => (json ? { file: path, ...problem } : problemLine(path, problem)));

export type Read = Parsed & { graph: Graph };
/** The graph of a text, or one error that lists every problem. */
export function requireGraph(text: string, path: string, json: boolean): Read {
  const parsed = parseGraphText(text, path);
  const { graph, problems } = parsed;
  if (graph !== null) return { ...parsed, graph };
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  throw new EntangleError('invalid', `${path} has ${errors} error${errors === 1 ? '' : 's'}`, {
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
