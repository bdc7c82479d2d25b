/** The end of a ledger, looked at beside whoever serves it: no lock, nothing changed on disk, the chain not checked. */
import { stat } from 'node:fs/promises';
import { EntangleError } from '../../core/errors.ts';
import type { Line } from '../../core/ledger/line.ts';
import { openRegular } from '../system/files.ts';
import { decodeLine, lastSegment, readPieces, segmentPath } from './read.ts';

/** So much is looked at first, then so much more: what came since is mostly little. */
const STEPS = [1_048_576, 16_777_216, Number.POSITIVE_INFINITY];

/** All lines after number `known`, however many; the lines before them are not looked at. */
export async function readAfter(directory: string, known: number): Promise<Line[]> {
  for (const most of STEPS) {
    const lines = await readTail(directory, known, most);
    if (lines[0] === undefined || lines[0].n === known + 1) return lines;
  }
  throw new EntangleError('invalid', `the ledger in ${directory} has no line ${known + 1}`, {
    hint: 'restore the files from a backup',
  });
}

/** The lines after number `known`, as far as the last `most` bytes have them whole; the first may come later than `known + 1`. */
export async function readTail(directory: string, known: number, most: number): Promise<Line[]> {
  const lines: Line[] = [];
  let room = most;
  const last = await lastSegment(directory);
  for (let segment = last; segment > 0 && room > 0; segment--) {
    const path = segmentPath(directory, segment);
    const { size } = await stat(path);
    const pieces = await wholeLines(path, Math.max(0, size - room));
    room -= size;
    for (const [i, bytes] of pieces.reverse().entries()) {
      const line = segment === last && i === 0 ? unlessTorn(bytes) : decodeLine(bytes);
      if (line === null) continue;
      if (line.n <= known) return lines.reverse();
      lines.push(line);
    }
  }
  return lines.reverse();
}

/** Null for the very last line where it cannot be read: a crash left it, and nobody was told of it. */
function unlessTorn(bytes: Uint8Array): Line | null {
  try {
    return decodeLine(bytes);
  } catch {
    return null;
  }
}

/** What begins before the offset is not whole, and neither is what has no newline. */
async function wholeLines(path: string, offset: number): Promise<Buffer[]> {
  const file = await openRegular(path);
  const found: Buffer[] = [];
  try {
    for await (const { bytes, whole } of readPieces(file, offset)) if (whole) found.push(bytes);
  } finally {
    await file.close();
  }
  return offset === 0 ? found : found.slice(1);
}
