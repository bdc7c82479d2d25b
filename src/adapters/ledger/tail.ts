/** The end of a ledger, looked at beside whoever serves it: no lock, nothing changed on disk, the chain not checked. */
import { stat } from 'node:fs/promises';
import type { Line } from '../../core/ledger/line.ts';
import { openRegular } from '../system/files.ts';
import { decodeLine, lastSegment, readPieces, segmentPath } from './read.ts';

/** The lines after number `known`, as far as the last `most` bytes have them whole; the first may come later than `known + 1`. */
export async function readTail(directory: string, known: number, most: number): Promise<Line[]> {
  const lines: Line[] = [];
  let room = most;
  for (let segment = await lastSegment(directory); segment > 0 && room > 0; segment--) {
    const path = segmentPath(directory, segment);
    const { size } = await stat(path);
    const pieces = await wholeLines(path, Math.max(0, size - room));
    room -= size;
    for (const bytes of pieces.reverse()) {
      const line = decodeLine(bytes);
      if (line.n <= known) return lines.reverse();
      lines.push(line);
    }
  }
  return lines.reverse();
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
