/** The signed mark beside the segments: up to where this home verified them, and what the last one had until there. */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, readSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GENESIS, type Head } from '../../core/ledger/line.ts';
import { type Mark, readMarkedSeal, type SegmentSeal } from '../../core/ledger/mark.ts';
import { openRegular, openRegularNow, readBounded, writeAtomic } from '../system/files.ts';
import { LinePlaces } from './places.ts';
import { damaged, type LinePlace, lastSegment, segmentPath } from './read.ts';
import {
  type Covered,
  hasSealedSize,
  isSameSeal,
  notAsSealed,
  readSealText,
  removeSeals,
  SegmentTally,
  sealPath,
} from './seals.ts';

/** Signs and reads marks and seals with the key of the home. */
export type MarkSigner = {
  sign(mark: Mark): string;
  read(text: string): Mark | null;
  signSeal(seal: SegmentSeal): string;
  readSeal(text: string): SegmentSeal | null;
};
export type MarkOptions = {
  directory: string;
  marks?: MarkSigner | null;
  /** What the mark covers of the open segment is taken by it, as closed ones are by their seals: for who asks little. */
  isBrief?: boolean;
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
const UNSEALED = 'a segment before it has no seal of this home that fits';

export const removeMark = (directory: string): Promise<void> => rm(join(directory, NAME), { force: true });

/** Follows what is verified and durable; seals what is closed, and writes down a mark now and then. */
export class VerifiedMark {
  readonly #options: MarkOptions;
  readonly #path: string;
  #tally = new SegmentTally();
  /** Of the texts of all seals so far. */
  #seals: Hash = createHash('sha256');
  /** Segments that are closed and not sealed yet. */
  #closed: SegmentSeal[] = [];
  #isClosing = false;
  #marked = 0;
  #isTold = false;

  constructor(options: MarkOptions) {
    this.#options = options;
    this.#path = join(options.directory, NAME);
  }

  /** The mark, where what it covers is as it was when it was written; null where all is to be verified. */
  async resume(): Promise<Resumed | null> {
    const { marks } = this.#options;
    if (!marks) return null;
    const bytes = await readBounded(this.#path, MAX_BYTES).catch(() => Buffer.alloc(0));
    if (bytes === undefined) return null;
    const mark = marks.read(bytes.toString('utf8'));
    const passed = mark === null ? UNSIGNED : await passOver(this.#options, mark);
    if (mark === null || typeof passed === 'string') {
      this.#tell(`cannot go on from the mark of the ledger, all of it is verified: ${passed}`);
      return null;
    }
    this.#tally = passed.tally;
    this.#seals = passed.seals;
    this.#marked = mark.n;
    const { n, chain, segment, offset } = mark;
    return { head: { n, chain }, end: { segment, offset }, places: passed.places };
  }

  /** These bytes follow at a place, verified and, before the next mark, durable; their first line follows `before`. */
  add(place: LinePlace, before: Head, ...bytes: readonly Uint8Array[]): void {
    if (!this.#options.marks) return;
    const closed = this.#tally.add(place, before, ...bytes);
    if (closed === null) return;
    this.#closed.push(closed);
    this.#isClosing = true;
  }

  /** Seals what was closed; writes a mark where it is so many lines further than the last one. */
  async write({ n, chain }: Head, { offset }: LinePlace, least: number): Promise<void> {
    const { marks, onMark } = this.#options;
    if (!marks) return;
    const isDue = n - this.#marked >= least;
    if (isDue) this.#marked = n;
    try {
      // The seals first: a mark goes on from them. What the disk did not take is tried again with the next mark
      if (this.#isClosing || isDue) {
        this.#isClosing = false;
        for (; this.#closed[0] !== undefined; this.#closed.shift()) await this.#seal(this.#closed[0], marks);
      }
      const text = isDue
        ? marks.sign({ n, chain, ...this.#tally.value(), offset, seals: this.#seals.copy().digest('hex') })
        : null;
      if (text !== null) await writeAtomic(this.#path, Buffer.from(text));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      onMark?.(`cannot write the mark of the ledger: ${(error as Error).message}`);
    }
  }

  /** A segment that was sealed, and is open: an older copy of the ledger was put back, and goes on otherwise. */
  async reopen({ segment }: LinePlace): Promise<void> {
    const { marks, directory } = this.#options;
    if (marks && (await removeSeals(directory, segment)) > 0)
      this.#tell(`took away seals of segments that the ledger has no more: ${SHORTER}`);
  }

  /** Once a start: what was told first says the most. */
  #tell(why: string): void {
    if (!this.#isTold) this.#options.onMark?.(why);
    this.#isTold = true;
  }

  /** What the disk gives back is what was verified, or written; what was sealed before is what it was then. */
  async #seal(seal: SegmentSeal, marks: MarkSigner): Promise<void> {
    const { directory } = this.#options;
    const path = segmentPath(directory, seal.segment);
    let text = readSealText(directory, seal.segment) ?? '';
    const before = marks.readSeal(text);
    if (before?.segment !== seal.segment) {
      if ((await findLines(directory, seal)) === null) throw damaged(path, 0, 'it changed while in use');
      text = marks.signSeal(seal);
      await writeAtomic(sealPath(directory, seal.segment), Buffer.from(text));
    } else if (!isSameSeal(before, seal)) throw notAsSealed(directory, seal.segment);
    this.#seals.update(text);
  }
}

type Passed = { tally: SegmentTally; seals: Hash; places: LinePlaces };

/** Sealed segments are taken by their seals, the mark's own by its bytes. A text: why they are not those of the mark. */
async function passOver({ directory, isBrief }: MarkOptions, mark: Mark): Promise<Passed | string> {
  if ((await lastSegment(directory)) < mark.segment) return SHORTER;
  const places = new LinePlaces();
  // One signature for all of them, that of the mark
  const seals = createHash('sha256');
  let before: Head = GENESIS;
  for (let segment = 1; segment < mark.segment; segment++) {
    const text = readSealText(directory, segment) ?? '';
    const seal = readMarkedSeal(text);
    if (seal?.segment !== segment || !follows(before, seal)) return UNSEALED;
    seals.update(text);
    if (!hasSealedSize(directory, seal)) return OTHER;
    places.addSealed(seal);
    before = seal;
  }
  if (!follows(before, mark) || seals.copy().digest('hex') !== mark.seals) return UNSEALED;
  if (isBrief) {
    const { offset: bytes, ...open } = { ...mark, isOpen: true as const };
    const covered: Covered = { ...open, bytes };
    if (!hasSealedSize(directory, covered)) return SHORTER;
    places.addSealed(covered);
    return { tally: SegmentTally.after(covered, () => hashOf(directory, covered)), seals, places };
  }
  const tally = new SegmentTally();
  let { n } = before;
  const { segment, offset: end } = mark;
  const isWhole = await passSegment(segmentPath(directory, segment), end, (at, bytes, begins) => {
    tally.add({ segment, offset: at }, before, bytes);
    for (const offset of begins) places.add({ segment, offset });
    n += begins.length;
  });
  if (!isWhole) return SHORTER;
  return n === mark.n && tally.value().sha256 === mark.sha256 ? { tally, seals, places } : OTHER;
}

/** Of what the mark covers of the open segment, as it was when it was written: else the next start verifies all. */
function hashOf(directory: string, { segment, bytes: end, sha256 }: Covered): Hash {
  const path = segmentPath(directory, segment);
  const found = openRegularNow(path, Number.POSITIVE_INFINITY);
  const hash = createHash('sha256');
  if (found !== undefined) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = 0, read = -1; at < end && read !== 0; at += read) {
      read = readSync(found.file, buffer, 0, Math.min(buffer.length, end - at), at);
      hash.update(buffer.subarray(0, read));
    }
    closeSync(found.file);
  }
  if (hash.copy().digest('hex') === sha256) return hash;
  rmSync(join(directory, NAME), { force: true });
  throw damaged(path, 0, 'it is not what the mark was written of; the next start verifies all of it');
}

const follows = (head: Head, { first, before }: Pick<SegmentSeal, 'first' | 'before'>): boolean =>
  first === head.n + 1 && before === head.chain;

/** Where each line of a closed segment begins; null where its bytes are not those of the seal. */
export async function findLines(directory: string, seal: Covered): Promise<Uint32Array | null> {
  if (!hasSealedSize(directory, seal)) return null;
  const { segment, first, n, sha256, bytes: end } = seal;
  const tally = new SegmentTally();
  const offsets = new Uint32Array(n - first + 1);
  let found = 0;
  const isWhole = await passSegment(segmentPath(directory, segment), end, (at, bytes, begins) => {
    tally.add({ segment, offset: at }, GENESIS, bytes);
    for (const offset of begins) offsets[found++] = offset;
  });
  return isWhole && found === offsets.length && tally.value().sha256 === sha256 ? offsets : null;
}

/** Gives the bytes of a file up to `end`, with where the lines begin that end in them. False where it ends before. */
async function passSegment(
  path: string,
  end: number,
  give: (at: number, bytes: Uint8Array, begins: number[]) => void,
): Promise<boolean> {
  const file = await openRegular(path);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(end, 1)));
    let line = 0;
    for (let at = 0; at < end; ) {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at);
      if (bytesRead === 0) return false;
      const bytes = buffer.subarray(0, bytesRead);
      const begins: number[] = [];
      for (let i = bytes.indexOf(NEWLINE); i !== -1; i = bytes.indexOf(NEWLINE, i + 1)) {
        begins.push(line);
        line = at + i + 1;
      }
      give(at, bytes, begins);
      at += bytesRead;
    }
    return true;
  } finally {
    await file.close();
  }
}
