/** The signed mark beside the segments: up to where this home verified them, and the digest of the bytes until there. */
import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Head } from '../../core/ledger/line.ts';
import type { Mark } from '../../core/ledger/mark.ts';
import { openRegular, readBounded, writeAtomic } from '../system/files.ts';
import { LinePlaces } from './places.ts';
import { type LinePlace, lastSegment, segmentPath } from './read.ts';

/** Signs and reads marks with the key of the home. */
export type MarkSigner = { sign(mark: Mark): string; read(text: string): Mark | null };
export type MarkOptions = {
  directory: string;
  marks?: MarkSigner | null;
  /** Told why a mark is not gone on from, or could not be written: all is verified, now or next time. */
  onMark?: (why: string) => void;
};
/** What may be gone on from. */
export type Resumed = { head: Head; end: LinePlace; places: LinePlaces };

const NAME = 'verified.json';
const MAX_BYTES = 4_096;
const CHUNK_BYTES = 1_048_576;
const NEWLINE = 0x0a;
const UNSIGNED = 'it is not signed by this home';
const SHORTER = 'the ledger is shorter than it was: lines are missing, or an older copy was put back';
const OTHER = 'the ledger has other bytes than it had';

export const removeMark = (directory: string): Promise<void> => rm(join(directory, NAME), { force: true });

/** Of all bytes in order, each segment's after its number. */
class SegmentDigest {
  readonly #hash = createHash('sha256');

  add({ segment, offset }: LinePlace, ...bytes: readonly Uint8Array[]): void {
    if (offset === 0) this.#hash.update(`segment ${segment}\n`);
    for (const some of bytes) this.#hash.update(some);
  }

  value(): string {
    return this.#hash.copy().digest('hex');
  }
}

/** Follows what is verified and durable, and writes it down as a mark now and then. */
export class VerifiedMark {
  readonly #options: MarkOptions;
  readonly #path: string;
  #digest = new SegmentDigest();
  #marked = 0;

  constructor(options: MarkOptions) {
    this.#options = options;
    this.#path = join(options.directory, NAME);
  }

  /** The mark, where every byte before it is as it was when it was written; null where all is to be verified. */
  async resume(): Promise<Resumed | null> {
    const { marks, directory, onMark } = this.#options;
    if (!marks) return null;
    const bytes = await readBounded(this.#path, MAX_BYTES).catch(() => Buffer.alloc(0));
    if (bytes === undefined) return null;
    const mark = marks.read(bytes.toString('utf8'));
    const passed = mark === null ? UNSIGNED : await passOver(directory, mark);
    if (mark === null || typeof passed === 'string') {
      onMark?.(`cannot go on from the mark of the ledger, all of it is verified: ${passed}`);
      return null;
    }
    this.#digest = passed.digest;
    this.#marked = mark.n;
    const { n, chain, segment, offset } = mark;
    return { head: { n, chain }, end: { segment, offset }, places: passed.places };
  }

  /** These bytes follow at a place, verified and, before the next mark, durable. */
  add(place: LinePlace, ...bytes: readonly Uint8Array[]): void {
    if (this.#options.marks) this.#digest.add(place, ...bytes);
  }

  /** Writes a mark where it is so many lines further than the last one. */
  async write({ n, chain }: Head, end: LinePlace, least: number): Promise<void> {
    const { marks, onMark } = this.#options;
    if (!marks || n - this.#marked < least) return;
    this.#marked = n;
    const text = marks.sign({ n, chain, ...end, sha256: this.#digest.value() });
    await writeAtomic(this.#path, Buffer.from(text)).catch((error: Error) =>
      onMark?.(`cannot write the mark of the ledger: ${error.message}`),
    );
  }
}

/** Goes over the bytes up to a mark without reading the lines in them. A text: why they are not those of the mark. */
async function passOver(
  directory: string,
  mark: Mark,
): Promise<{ digest: SegmentDigest; places: LinePlaces } | string> {
  if ((await lastSegment(directory)) < mark.segment) return SHORTER;
  const digest = new SegmentDigest();
  const places = new LinePlaces();
  let n = 0;
  const began = (place: LinePlace) => {
    n += 1;
    places.add(place);
  };
  for (let segment = 1; segment <= mark.segment; segment++) {
    const stop = segment === mark.segment ? mark.offset : undefined;
    if (!(await passSegment(segmentPath(directory, segment), segment, { stop, digest, began })))
      return SHORTER;
  }
  return n === mark.n && digest.value() === mark.sha256 ? { digest, places } : OTHER;
}

type Passing = { stop: number | undefined; digest: SegmentDigest; began(place: LinePlace): void };

/** False where the file ends before it should. */
async function passSegment(
  path: string,
  segment: number,
  { stop, digest, began }: Passing,
): Promise<boolean> {
  const file = await openRegular(path);
  try {
    const end = stop ?? (await file.stat()).size;
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(end, 1)));
    let line = 0;
    for (let at = 0; at < end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) return false;
      const bytes = buffer.subarray(0, bytesRead);
      digest.add({ segment, offset: at }, bytes);
      for (let i = bytes.indexOf(NEWLINE); i !== -1; i = bytes.indexOf(NEWLINE, i + 1)) {
        began({ segment, offset: line });
        line = at + i + 1;
      }
      at += bytesRead;
    }
    return true;
  } finally {
    await file.close();
  }
}
