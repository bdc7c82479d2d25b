/** Reading the segments of a ledger: lines with their places, a torn end told from damage. */
import { type FileHandle, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EntangleError } from '../../core/errors.ts';
import { type Line, MAX_LINE_BYTES, parseLine } from '../../core/ledger/line.ts';
import { openRegular } from '../system/files.ts';

/** A place in the ledger: segment number (from 1) and byte offset in it. */
export type LinePlace = { segment: number; offset: number };
/** A line where it stands, with its bytes; `next` is the place of the byte after its newline. */
export type PlacedLine = { line: Line; bytes: Uint8Array; place: LinePlace; next: LinePlace };

/** A first piece, for who reads one line; each further one is larger. */
const CHUNK_BYTES = { first: 16_384, most: 1_048_576 };
const NEWLINE = 0x0a;
const SEGMENT = /^(\d{6})\.ndjson$/;

export const segmentPath = (directory: string, segment: number): string =>
  join(directory, `${String(segment).padStart(6, '0')}.ndjson`);

/** Number of the last segment, 0 where there is none; `invalid` where one between is missing. */
export async function lastSegment(directory: string): Promise<number> {
  const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const numbers = names
    .map((name) => SEGMENT.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
  const gap = numbers.findIndex((number, i) => number !== i + 1);
  if (gap !== -1)
    throw new EntangleError('invalid', `a ledger segment is missing: ${segmentPath(directory, gap + 1)}`, {
      hint: 'restore the file from a backup',
    });
  return numbers.length;
}

/** Damage names the file and the byte where the bad line starts. */
export class LedgerDamage extends EntangleError {
  readonly path: string;
  readonly offset: number;

  /** `line`: of the file, from 1, for who read it from its beginning. */
  constructor(path: string, offset: number, cause: unknown, line?: number) {
    const place = `byte ${offset}${line === undefined ? '' : `, line ${line}`}`;
    super('invalid', `${path} is damaged at ${place}: ${cause instanceof Error ? cause.message : cause}`, {
      hint: 'restore the file from a backup: damaged lines are never skipped',
      cause,
    });
    this.path = path;
    this.offset = offset;
  }
}

export const damaged = (path: string, offset: number, cause: unknown): LedgerDamage =>
  new LedgerDamage(path, offset, cause);

/** What a segment holds from an offset on: whole lines as bytes, then whatever follows the last newline. */
export type Piece = { bytes: Buffer; offset: number; whole: boolean };

/** Pieces of a file between two offsets; `end` undefined: up to where the file ends now. */
export async function* readPieces(file: FileHandle, from: number, end?: number): AsyncGenerator<Piece> {
  let rest: Buffer = Buffer.alloc(0);
  let at = from;
  const limit = end ?? (await file.stat()).size;
  for (let size = CHUNK_BYTES.first; at < limit; size = Math.min(size * 4, CHUNK_BYTES.most)) {
    const chunk = Buffer.allocUnsafe(Math.min(size, limit - at));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, at);
    if (bytesRead === 0) break;
    const read = chunk.subarray(0, bytesRead);
    const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
    const base = at - rest.length;
    at += bytesRead;
    let start = 0;
    for (let stop = bytes.indexOf(NEWLINE); stop !== -1; stop = bytes.indexOf(NEWLINE, start)) {
      yield { bytes: bytes.subarray(start, stop), offset: base + start, whole: true };
      start = stop + 1;
    }
    rest = bytes.subarray(start);
    // What has no newline for so long was never a line; not growing with it bounds the memory.
    if (rest.length > MAX_LINE_BYTES) break;
  }
  if (rest.length > 0) yield { bytes: rest, offset: at - rest.length, whole: false };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Strict UTF-8, then the strict line. */
export function decodeLine(bytes: Uint8Array): Line {
  if (bytes.length > MAX_LINE_BYTES) throw new EntangleError('invalid', 'not a ledger line: it is too long');
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (cause) {
    throw new EntangleError('invalid', 'not a ledger line: it is not UTF-8', { cause });
  }
  return parseLine(text);
}

/** Where the whole lines end; `torn` tells why the bytes after it are no line (null: there are none). */
export type ScanEnd = { next: LinePlace; torn: unknown };
/** `verify` judges a line in its place, `each` is given it after that; what `rest` gives is waited for before the next. */
export type Visit = {
  verify: (line: Line) => void;
  each: (found: PlacedLine) => void;
  rest?: (() => Promise<void> | undefined) | undefined;
};

/**
 * Visits every line from a place on. A line that is cut off or unreadable at the very end is torn: a crash left
 * it and nobody was told of it. Anything bad before that is damage.
 */
export async function scan(directory: string, from: LinePlace, visit: Visit): Promise<ScanEnd> {
  const last = await lastSegment(directory);
  if (last < from.segment && from.offset > 0)
    throw damaged(segmentPath(directory, from.segment), from.offset, 'the file is gone');
  let next = from;
  for (let segment = from.segment; segment <= last; segment++) {
    const start = segment === from.segment ? from.offset : 0;
    const { end, torn } = await scanSegment(directory, { segment, offset: start }, visit);
    next = { segment, offset: end };
    if (torn === null) continue;
    if (segment < last) throw damaged(segmentPath(directory, segment), end, torn);
    return { next, torn };
  }
  return { next, torn: null };
}

/**
 * Lines from n on as the files have them now, beside a process that serves the ledger: no lock, nothing changed on
 * disk. A torn end is where it stops; damage before that throws. Numbers are checked, the chain is not.
 */
export async function* readLedger(directory: string, from: number): AsyncGenerator<Line> {
  const last = await lastSegment(directory);
  let n = 0;
  for (let segment = 1; segment <= last; segment++) {
    const path = segmentPath(directory, segment);
    const file = await openRegular(path);
    let torn: { offset: number; why: unknown } | undefined;
    try {
      for await (const piece of readPieces(file, 0)) {
        if (torn !== undefined) throw damaged(path, torn.offset, torn.why);
        const line = tryDecode(piece);
        if (line instanceof EntangleError) {
          torn = { offset: piece.offset, why: line };
          continue;
        }
        if (line.n !== ++n) throw damaged(path, piece.offset, `number ${line.n} where ${n} follows`);
        if (n >= from) yield line;
      }
    } finally {
      await file.close();
    }
    if (torn !== undefined && segment < last) throw damaged(path, torn.offset, torn.why);
  }
}

async function scanSegment(
  directory: string,
  from: LinePlace,
  visit: Visit,
): Promise<{ end: number; torn: unknown }> {
  const path = segmentPath(directory, from.segment);
  const file = await openRegular(path);
  let end = from.offset;
  let torn: unknown = null;
  try {
    if ((await file.stat()).size < end) throw damaged(path, end, 'the file became shorter');
    for await (const piece of readPieces(file, end)) {
      // A bad line with anything after it was not left by a crash.
      if (torn !== null) throw damaged(path, end, torn);
      if (piece.bytes.length > MAX_LINE_BYTES) throw damaged(path, piece.offset, 'a line without end');
      const line = tryDecode(piece);
      if (line instanceof EntangleError) {
        torn = line;
        continue;
      }
      check(path, piece.offset, () => visit.verify(line));
      const place = { segment: from.segment, offset: end };
      end = piece.offset + piece.bytes.length + 1;
      visit.each({ line, bytes: piece.bytes, place, next: { segment: from.segment, offset: end } });
      const resting = visit.rest?.();
      if (resting !== undefined) await resting;
    }
  } finally {
    await file.close();
  }
  return { end, torn };
}

function tryDecode(piece: Piece): Line | EntangleError {
  if (!piece.whole) return new EntangleError('invalid', 'the line is cut off');
  try {
    return decodeLine(piece.bytes);
  } catch (error) {
    if (error instanceof EntangleError) return error;
    throw error;
  }
}

function check(path: string, offset: number, verify: () => void): void {
  try {
    verify();
  } catch (error) {
    throw error instanceof EntangleError ? damaged(path, offset, error) : error;
  }
}
