/** Files that a person attaches to a task: what one is called here it is called there. */
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { MAX_ATTACHED } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import type { NamedBytes } from '../../ports/index.ts';

/** A link may lead to what nobody meant to give away; a pipe may never end. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ELOOP: 'it is a link: name the file that it leads to',
  EACCES: 'you may not read it',
};

const refusal = (path: string, why: string, cause?: NodeJS.ErrnoException): EntangleError =>
  new EntangleError(cause?.code === 'ENOENT' ? 'not_found' : 'usage', `cannot attach ${path}: ${why}`, {
    cause,
  });

const opened = (path: string): Promise<FileHandle> =>
  open(path, FLAGS).catch((cause: NodeJS.ErrnoException) => {
    throw refusal(path, REASONS[cause.code ?? ''] ?? `it cannot be opened (${cause.code})`, cause);
  });

/** Of a regular file that a person gives away. */
export const attachedBytes = async (path: string): Promise<Uint8Array> => {
  const file = await opened(path);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw refusal(path, 'it is no regular file');
    if (stat.size > MAX_ATTACHED.bytes)
      throw new EntangleError('usage', `cannot attach ${path}: it has ${stat.size} bytes`, {
        hint: `put what is larger than ${MAX_ATTACHED.bytes} bytes where the agent can fetch it`,
      });
    // One byte more than it says: what the system makes as it is read has no size of its own
    const bytes = new Uint8Array(stat.size + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead !== stat.size) throw refusal(path, 'it has another size than it says');
    return bytes.subarray(0, stat.size);
  } finally {
    await file.close();
  }
};

export const attachedFiles = async (paths: readonly string[] = []): Promise<NamedBytes[]> => {
  const files: NamedBytes[] = [];
  for (const path of paths) files.push({ name: basename(path), bytes: await attachedBytes(path) });
  return files;
};
