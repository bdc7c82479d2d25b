/** Takes contents out of a ledger: ids, signatures and places stay, so all of it verifies as before. */
import { rm } from 'node:fs/promises';
import { encodeLine, type Line } from '../../core/ledger/line.ts';
import { openRegular, syncDirectory, writeAtomic } from '../system/files.ts';
import { removeMark } from './mark.ts';
import { decodeLine, lastSegment, readPieces, segmentPath } from './read.ts';
import { sealPath } from './seals.ts';

/** The seal goes too: whoever has the key could read the text in it. */
const without = ({ n, at, dir, chain, event }: Line): Line => ({
  ...{ n, at, dir, chain },
  event: { ...event, content: '' },
});

/**
 * Of a ledger that nobody has open. Segment by segment, the first one first, each replaced as a whole: what a crash
 * leaves is pruned so far, and goes on where it is pruned again. What was said of the old bytes goes before them; the
 * next start verifies every line, and seals them anew. How many lines had a content.
 */
export const pruneLedger = async (directory: string, lines: ReadonlySet<number>): Promise<number> => {
  let pruned = 0;
  const last = await lastSegment(directory);
  for (let segment = 1; segment <= last; segment++) {
    const { bytes, count } = await prunedSegment(segmentPath(directory, segment), lines);
    if (count === 0) continue;
    await removeMark(directory);
    await rm(sealPath(directory, segment), { force: true });
    await syncDirectory(directory);
    await writeAtomic(segmentPath(directory, segment), bytes);
    pruned += count;
  }
  return pruned;
};

const NEWLINE = Uint8Array.of(0x0a);

/** As it will be. A line is read as strictly as ever: nothing is pruned of what is damaged. */
const prunedSegment = async (path: string, lines: ReadonlySet<number>) => {
  const file = await openRegular(path);
  const bytes: Uint8Array[] = [];
  let count = 0;
  try {
    for await (const piece of readPieces(file, 0)) {
      // A torn end is for the next start, which knows it for what it is
      const line = piece.whole ? decodeLine(piece.bytes) : null;
      const isDue = line !== null && lines.has(line.n) && line.event.content !== '';
      if (isDue) count += 1;
      // Copied: what is read is a view of what is read next
      bytes.push(isDue ? encodeLine(without(line)) : Uint8Array.from(piece.bytes));
      if (!isDue && piece.whole) bytes.push(NEWLINE);
    }
  } finally {
    await file.close();
  }
  return { bytes: Buffer.concat(bytes), count };
};
