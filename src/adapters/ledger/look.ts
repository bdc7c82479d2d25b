/** A line of a closed segment at its own byte, where nobody compared that segment with its seal in this life. */
import type { FileHandle } from 'node:fs/promises';
import { GENESIS, type Hash, type Head, type Line, verifyNext } from '../../core/ledger/line.ts';
import type { SegmentSeal } from '../../core/ledger/mark.ts';
import { openRegular } from '../system/files.ts';
import { decodeLine, readPieces, segmentPath } from './read.ts';

const NEWLINE = 0x0a;
/** Some tens of lines: lines are of many lengths, and a guess is wrong by a few of them. */
const LOOK_BYTES = 65_536;
/** Each is nearer by much; where one is not, the segment is gone over as a whole. */
const MOST_LOOKS = 24;
/** Of lines after the first: who reads on has the whole segment compared, which costs as much as some hundreds of lines. */
const MOST_LINES = 64;
/** What a line begins with, and how long that is at most. */
const NUMBER_BYTES = 24;
const NUMBER = /^\{"n":([1-9]\d{0,15}),/;

/**
 * Line n and those after it, each of its own id and right after the one before it in the chain; a few at most. Ends before a line
 * that is not, or is not found: then whoever asks for it has the segment compared with its seal, which names the fault.
 */
export async function* lookAt(
  directory: string,
  sha256: Hash,
  seal: SegmentSeal,
  n: number,
): AsyncGenerator<Line> {
  const file = await openRegular(segmentPath(directory, seal.segment));
  try {
    const offset = await placeOf(file, seal, Math.max(seal.first, n - 1));
    if (offset === null) return;
    let head: Head | null = n === seal.first ? { n: n - 1, chain: seal.before } : null;
    for await (const { bytes, whole } of readPieces(file, offset, seal.bytes)) {
      const line = whole ? decodeLine(bytes) : null;
      if (line === null || line.n > n + MOST_LINES) return;
      // Of the one before only its place in the chain is taken
      head = head === null && line.n === n - 1 ? line : verifyNext(sha256, head ?? GENESIS, line);
      // Those before were of the same chain if this one ends it
      if (line.n === seal.n && line.chain !== seal.chain) return;
      if (line.n >= n) yield line;
    }
  } catch {
    // Told by whoever goes over all of the segment
  } finally {
    await file.close();
  }
}

type Known = { n: number; offset: number };

/** Where the line begins: looked for as a word in a dictionary. Null where it is not found so. */
async function placeOf(
  file: FileHandle,
  { first, n: last, bytes }: SegmentSeal,
  n: number,
): Promise<number | null> {
  let low: Known = { n: first, offset: 0 };
  let high: Known = { n: last + 1, offset: bytes };
  for (let looks = 0; looks < MOST_LOOKS; looks++) {
    if (low.n === n) return low.offset;
    const ahead = ((n - low.n) / (high.n - low.n)) * (high.offset - low.offset);
    const from = Math.max(low.offset, Math.floor(low.offset + ahead - LOOK_BYTES / 2));
    const found = await linesIn(file, from, Math.min(bytes, from + LOOK_BYTES), from === low.offset);
    const [one] = found;
    if (one === undefined || one.n < low.n || found.at(-1)!.n >= high.n) return null;
    const wanted = found.find((line) => line.n === n);
    if (wanted !== undefined) return wanted.offset;
    if (one.n > n) high = one;
    else low = found.at(-1)!;
  }
  return null;
}

/** The lines that begin between two offsets, by their numbers. `isLine`: one begins at the first. */
async function linesIn(file: FileHandle, from: number, to: number, isLine: boolean): Promise<Known[]> {
  const buffer = Buffer.allocUnsafe(to - from);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
  const bytes = buffer.subarray(0, bytesRead);
  const begins = isLine ? [0] : [];
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, end + 1))
    begins.push(end + 1);
  return begins.flatMap((at) => {
    const number = NUMBER.exec(bytes.toString('latin1', at, at + NUMBER_BYTES))?.[1];
    return number === undefined ? [] : [{ n: Number(number), offset: from + at }];
  });
}
