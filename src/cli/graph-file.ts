/** A graph file from disk: `-` is stdin; not found, too large and not text are told apart. */
import { open } from 'node:fs/promises';
import { EntangleError } from '../core/errors.ts';
import { type Parsed, parseGraph } from '../core/graph/parse.ts';
import type { Problem } from '../core/graph/report.ts';
import { messageTypes } from '../core/protocol/table.ts';

const maxBytes = 4_194_304;

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
    if (code === 'ENOENT') throw new EntangleError('not_found', `there is no file ${path}`);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      throw new EntangleError('invalid', `${path} is not UTF-8 text`);
    throw new EntangleError('invalid', `cannot read ${path}: ${code}`, { cause: error });
  }
}

/** Parsed against the one message table. */
export const parseGraphText = (text: string, filename: string): Parsed =>
  parseGraph(text, {
    filename,
    types: messageTypes().map(([type, row]) => ({ type, signers: row.signers, sends: sendsOf(row.sends) })),
  });

const sendsOf = (sends: readonly string[] | 'any' | null): readonly string[] =>
  sends === 'any' ? ['any'] : (sends ?? []);

/** `file:line:column: severity: message`, as editors and CI understand it. */
export const problemLine = (filename: string, { line, column, severity, message }: Problem): string =>
  `${filename === '-' ? 'stdin' : filename}:${line}:${column}: ${severity}: ${message}`;

/** The graph of a file, or one error that lists every problem. */
export async function readGraph(path: string): Promise<Parsed & { graph: NonNullable<Parsed['graph']> }> {
  const parsed = parseGraphText(await readText(path), path);
  if (parsed.graph === null) {
    const details = parsed.problems.map((problem) => problemLine(path, problem));
    throw new EntangleError('invalid', `${path} is not a graph`, {
      details,
      hint: 'see `entangle graph schema`',
    });
  }
  return { ...parsed, graph: parsed.graph };
}
