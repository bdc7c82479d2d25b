/** A regular file below a directory that somebody else writes: no link on the way is followed, and nothing is waited for. */
import { EntangleError } from '../../core/errors.ts';
import { type FileHandle, openBelow } from './open-below.ts';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file, or a link is on the way to it',
  ELOOP: 'it is a link: name the file that it leads to',
  EACCES: 'it may not be read',
};
const refusal = (why: string, cause?: unknown): EntangleError =>
  new EntangleError('invalid', `the file cannot be given: ${why}`, { cause });

export const readBelow = async (directory: string, path: string, most: number): Promise<Uint8Array> => {
  const file: FileHandle = await openBelow(directory, Buffer.from(path).toString('latin1')).catch(
    (cause: NodeJS.ErrnoException) => {
      throw refusal(REASONS[cause.code ?? ''] ?? `it cannot be opened (${cause.code})`, cause);
    },
  );
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw refusal('it is no regular file');
    if (stat.size > most) throw refusal(`it has ${stat.size} bytes, and may have ${most}`);
    // One byte more than it says: somebody may write to it now
    const bytes = new Uint8Array(stat.size + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    if (bytesRead !== stat.size) throw refusal('it changed while it was read');
    return bytes.subarray(0, stat.size);
  } finally {
    await file.close();
  }
};
