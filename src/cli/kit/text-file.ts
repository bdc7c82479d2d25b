import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { MAX_GRAPH_BYTES } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';

/** A saved plan: a graph as a JSON text in JSON, every quote of it with a backslash. */
const maxBytes = 2.5 * MAX_GRAPH_BYTES;
const PART = 262_144;

/** As messages name a file that a command was given. */
export const shownName = (path: string): string => (path === '-' ? 'stdin' : path);

/** At once: a command has nothing else to do meanwhile. */
async function bytesOf(path: string): Promise<Buffer> {
  if (path === '-') return whole(process.stdin, path);
  // Nobody can end a process whose thread waits for the other end of a pipe to be opened
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stat = fstatSync(file);
    if (!stat.isFile() && !stat.isDirectory())
      throw new EntangleError('invalid', `${path} is no file`, {
        hint: 'use - and pipe it into the command',
      });
    return await whole(partsOf(file), path);
  } finally {
    closeSync(file);
  }
}

/** Until there is no more, whatever the file says of its size. */
function* partsOf(file: number): Iterable<Buffer> {
  for (;;) {
    const part = Buffer.allocUnsafe(PART);
    const read = readSync(file, part);
    if (read === 0) return;
    yield part.subarray(0, read);
  }
}

async function whole(stream: AsyncIterable<unknown> | Iterable<unknown>, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    chunks.push(chunk as Buffer);
    if (size > maxBytes)
      throw new EntangleError('invalid', `${shownName(path)} is larger than ${maxBytes / 1_048_576} MiB`);
  }
  return Buffer.concat(chunks);
}

/** The bytes of a file that a person named; `-` is standard input. */
export async function readBytes(path: string): Promise<Buffer> {
  try {
    return await bytesOf(path);
  } catch (error) {
    if (error instanceof EntangleError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new EntangleError('not_found', `no such file: ${path}`);
    if (code === 'EISDIR') throw new EntangleError('invalid', `${path} is a directory, not a file`);
    throw new EntangleError('invalid', `cannot read ${shownName(path)}: ${code}`, { cause: error });
  }
}

/** The text of a file that a person named. */
export async function readText(path: string): Promise<string> {
  const bytes = await readBytes(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new EntangleError('invalid', `${shownName(path)} is not UTF-8 text`);
  }
}
