/** The ledger as NDJSON segments: group commit, and a kernel lock where several processes share it (docs/design.md §7). */
import { isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import {
  type Entry,
  encodeLine,
  GENESIS,
  type Hash,
  type Head,
  type Line,
  nextLine,
  verifyNext,
} from '../../core/ledger/line.ts';
import type { Clock, Ledger, LedgerOptions } from '../../ports/index.ts';
import { forbidsWriting, openRegular } from '../system/files.ts';
import type { ShortLock } from '../system/short-lock.ts';
import { type Access, type AccessOptions, accessTo } from './access.ts';
import { lookAt } from './look.ts';
import { findLines, type MarkSigner, removeMark, VerifiedMark } from './mark.ts';
import { LinePlaces } from './places.ts';
import { damaged, decodeLine, type LinePlace, readPieces, scan, segmentPath } from './read.ts';
import { faultIn } from './verify.ts';
import { SegmentWriter } from './write.ts';

const SEGMENT_BYTES = 16 * 1_048_576;
/** A mark is worth its two syncs when a start would verify so many lines without it; while lines are appended, so many. */
const MARK_AT_ENDS = 64;
const MARK_EVERY = 1_024;
const NEWLINE = Uint8Array.of(0x0a);
/** Lines that are looked for one by one: who asks for more is better off where they are known. */
const MOST_LOOKS = 64;

export type OpenLedgerOptions = LedgerOptions &
  AccessOptions & {
    clock: Pick<Clock, 'now'>;
    sha256: Hash;
    /** Told once that nothing will be acknowledged any more; the process should exit. */
    onFatal?: (error: Error) => void;
    /** Told of a torn end that was cut: never a line that anybody was told of. */
    onCut?: (cut: { path: string; offset: number; reason: string }) => void;
    /** With it a start goes on from the mark, where its bytes are unchanged; without, every start verifies every line. */
    marks?: MarkSigner | null;
    /** Of what the mark covers nothing is read before it is asked for. */
    isBrief?: boolean;
    /** Told why a mark was not gone on from, or not written. */
    onMark?: (why: string) => void;
    /** Lines up to this number need not be followed where the mark covers them. */
    known?: number;
    segmentBytes?: number;
  };

/** Opens the ledger, verifies its chain from the mark on, and gives `follow` every line after `from`. */
export async function openLedger(options: OpenLedgerOptions): Promise<Ledger> {
  const ledger = new FileLedger(options, await accessTo(options.mode, options));
  try {
    await ledger.load();
    return ledger;
  } catch (error) {
    await ledger.close();
    throw error;
  }
}

type Job = {
  build: () => Entry[];
  lines: Line[];
  /** The lines as they are written, with their newlines. */
  texts: Uint8Array[];
  resolve: (lines: Line[]) => void;
  reject: (error: unknown) => void;
};

class FileLedger implements Ledger {
  readonly #options: OpenLedgerOptions;
  readonly #shared: ShortLock | undefined;
  readonly #release: () => Promise<void>;
  #unwritable: NodeJS.ErrnoException | null;
  readonly #writer: SegmentWriter;
  readonly #mark: VerifiedMark;
  /** Last line given to the follower; `#end` is where the durable lines end. */
  #head: Head = GENESIS;
  #end: LinePlace = { segment: 1, offset: 0 };
  /** The last line before `#end`: the head is ahead of the disk for a moment. */
  #written: Head = GENESIS;
  #places = new LinePlaces();
  #looks = 0;
  /** Waiting for their `build`; built and waiting for the disk. */
  #waiting: Job[] = [];
  #built: Job[] = [];
  #building = false;
  #flushing: Promise<void> | undefined;
  #stopped: Error | undefined;
  /** Set when nothing can be acknowledged any more; closing is not a failure. */
  #failed: Error | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: OpenLedgerOptions, { shared, unwritable, release }: Access) {
    this.#options = options;
    this.#shared = shared;
    this.#unwritable = unwritable;
    this.#release = release;
    this.#writer = new SegmentWriter(options.directory, options.segmentBytes ?? SEGMENT_BYTES);
    this.#mark = new VerifiedMark(options);
  }

  get head(): Head {
    return this.#head;
  }

  get unwritable(): Error | null {
    return this.#unwritable;
  }

  async load(): Promise<void> {
    const read = async () => {
      await this.#resume();
      await this.#advance();
      if (this.#unwritable === null) await this.#mark.reopen(this.#end);
    };
    try {
      await (this.#shared === undefined ? read() : this.#shared.hold(read));
    } catch (error) {
      if (this.#shared === undefined || this.#unwritable !== null || !forbidsWriting(error)) throw error;
      // The lock can be written and the segments cannot.
      this.#unwritable = error;
      await this.#advance();
    }
    if (this.#unwritable === null) await this.#mark.write(this.#written, this.#end, MARK_AT_ENDS);
    // Lines up to `from` are never followed again: a read model of lines that are gone would stay wrong silently.
    if (this.#head.n < this.#options.from)
      throw new EntangleError(
        'invalid',
        `the projection is ahead of the ledger: line ${this.#options.from} of ${this.#head.n}`,
        { hint: 'delete projection.sqlite: it is rebuilt from the ledger' },
      );
  }

  append(build: () => Entry[]): Promise<Line[]> {
    if (this.#stopped !== undefined) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ build, lines: [], texts: [], resolve, reject });
      if (this.#shared === undefined) this.#buildAll();
      this.#flushing ??= this.#flush();
    });
  }

  async catchUp(): Promise<void> {
    if (this.#shared !== undefined && (await this.#hasMore())) await this.append(() => []);
  }

  async *read(from: number): AsyncGenerator<Line> {
    const { directory } = this.#options;
    let n = Math.max(from, 1) - 1;
    for await (const line of this.#look(n + 1)) {
      n = line.n;
      yield line;
    }
    await this.#find(n + 1);
    let at = this.#places.of(n + 1);
    while (at !== undefined && (at.segment < this.#end.segment || at.offset < this.#end.offset)) {
      const path = segmentPath(directory, at.segment);
      const stop = at.segment === this.#end.segment ? this.#end.offset : undefined;
      const file = await openRegular(path);
      try {
        for await (const piece of readPieces(file, at.offset, stop)) {
          if (!piece.whole) throw damaged(path, piece.offset, 'it changed while in use');
          at = { segment: at.segment, offset: piece.offset + piece.bytes.length + 1 };
          const line = decodeLine(piece.bytes);
          if (line.n !== ++n) throw damaged(path, piece.offset, 'it changed while in use');
          yield line;
        }
      } finally {
        await file.close();
      }
      if (stop === undefined) {
        at = { segment: at.segment + 1, offset: 0 };
        await this.#find(n + 1);
      } else if (at.offset !== stop) throw damaged(path, at.offset, 'the file became shorter');
    }
  }

  /** The first of them at their own bytes, where their segment was not compared with its seal: most ask for one. */
  async *#look(n: number): AsyncGenerator<Line> {
    const covered = this.#places.unread(n);
    if (covered === null || this.#looks++ >= MOST_LOOKS) return;
    yield* lookAt(this.#options.directory, this.#options.sha256, covered, n);
  }

  /** Lines of a sealed segment are found when all of it is first asked for; its bytes must be those that were sealed. */
  async #find(n: number): Promise<void> {
    const covered = this.#places.unread(n);
    if (covered === null) return;
    const { directory, sha256 } = this.#options;
    const offsets = await findLines(directory, covered);
    if (offsets === null) {
      // The next start takes nothing of the open one by its mark
      if (covered.isOpen) await removeMark(directory);
      throw await faultIn(directory, sha256, covered);
    }
    this.#places.found(covered.segment, offsets);
  }

  close(): Promise<void> {
    this.#stopped ??= new Error('the ledger is closed');
    this.#closing ??= (async () => {
      await this.#flushing;
      if (this.#failed === undefined) await this.#writeMark(MARK_AT_ENDS);
      await this.#writer.close();
      await this.#release();
    })();
    return this.#closing;
  }

  /** One batch after the other; what arrives while one is being written makes up the next. */
  async #flush(): Promise<void> {
    // A burst of appends in one tick shares one write.
    await Promise.resolve();
    while (this.#waiting.length + this.#built.length > 0) {
      if (this.#shared === undefined) await this.#commit();
      else await this.#takeTurn(this.#shared);
    }
    // In the same breath as the look at the queues: an append between the two would wait for ever.
    this.#flushing = undefined;
  }

  async #takeTurn(lock: ShortLock): Promise<void> {
    let entered = false;
    try {
      await lock.hold(async () => {
        entered = true;
        await this.#advance();
        this.#buildAll();
        await this.#commit();
      });
    } catch (error) {
      if (entered) this.#stop(error);
      for (const job of this.#waiting.splice(0)) job.reject(error);
    }
  }

  /** Runs the waiting builds in order. An append from inside a build or a follower waits for its end. */
  #buildAll(): void {
    if (this.#building) return;
    this.#building = true;
    for (let job = this.#waiting.shift(); job !== undefined; job = this.#waiting.shift()) this.#buildOne(job);
    this.#building = false;
  }

  #buildOne(job: Job): void {
    try {
      if (this.#failed !== undefined) throw this.#failed;
      const entries = job.build();
      if (entries.length > 0 && this.#unwritable !== null) throw this.#unwritable;
      job.lines = this.#continue(entries);
      job.texts = job.lines.map(encodeLine);
    } catch (error) {
      job.reject(error);
      return;
    }
    this.#built.push(job);
    try {
      for (const line of job.lines) this.#follow(line);
    } catch (error) {
      // The read model is now between two lines: nothing may be acknowledged from it.
      this.#stop(error);
    }
  }

  #continue(entries: Entry[]): Line[] {
    let head = this.#head;
    const at = isoTime(this.#options.clock.now());
    return entries.map((entry) => {
      const line = nextLine(this.#options.sha256, head, at, entry);
      head = line;
      return line;
    });
  }

  #follow(line: Line): void {
    this.#head = { n: line.n, chain: line.chain };
    if (line.n > this.#options.from) this.#options.follow(line);
  }

  /** Writes what was built, and only then tells its callers. */
  async #commit(): Promise<void> {
    const jobs = this.#built.splice(0);
    try {
      if (this.#failed !== undefined) throw this.#failed;
      await this.#write(jobs);
    } catch (error) {
      this.#stop(error);
      for (const job of jobs) job.reject(this.#failed);
      return;
    }
    for (const job of jobs) job.resolve(job.lines);
    await this.#writeMark(MARK_EVERY);
  }

  async #write(jobs: Job[]): Promise<void> {
    const texts = jobs.flatMap((job) => job.texts);
    if (texts.length === 0) return;
    const bytes = Buffer.concat(texts);
    const place = await this.#writer.write(this.#end, bytes);
    this.#mark.add(place, this.#written, bytes);
    let { offset } = place;
    for (const [i, line] of jobs.flatMap((job) => job.lines).entries()) {
      this.#written = { n: line.n, chain: line.chain };
      this.#places.add({ segment: place.segment, offset });
      offset += texts[i]!.length;
    }
    this.#end = { segment: place.segment, offset };
  }

  /** Goes on from the mark; the lines before it that the follower does not know were verified once. */
  async #resume(): Promise<void> {
    const resumed = await this.#mark.resume();
    if (resumed === null) return;
    this.#places = resumed.places;
    this.#end = resumed.end;
    for await (const line of this.read((this.#options.known ?? 0) + 1)) this.#follow(line);
    this.#head = resumed.head;
    this.#written = resumed.head;
  }

  async #writeMark(least: number): Promise<void> {
    if (this.#unwritable !== null) return;
    // What was closed is not what was written: nothing more is said by this process
    await this.#mark.write(this.#written, this.#end, least).catch((error) => this.#stop(error));
  }

  /** Reads, verifies and follows what is in the files beyond `#end`; cuts a torn end where it may. */
  async #advance(): Promise<void> {
    const { directory, sha256, onCut } = this.#options;
    if (this.#shared !== undefined && this.#head.n > 0 && !(await this.#hasMore())) return;
    const { next, torn } = await scan(directory, this.#end, {
      verify: (line) => {
        verifyNext(sha256, this.#head, line);
      },
      each: ({ line, bytes, place }) => {
        this.#places.add(place);
        this.#mark.add(place, this.#written, bytes, NEWLINE);
        this.#written = { n: line.n, chain: line.chain };
        this.#follow(line);
      },
    });
    this.#end = next;
    if (this.#unwritable !== null) return;
    if (torn !== null) {
      await this.#writer.cut(next);
      onCut?.({ path: segmentPath(directory, next.segment), offset: next.offset, reason: String(torn) });
    }
    await this.#writer.sync(next);
  }

  /** True where a file holds more, or less, than was read: both are for `scan` to judge. */
  #hasMore(): Promise<boolean> {
    return this.#writer.differs(this.#end);
  }

  #stop(error: unknown): void {
    if (this.#failed !== undefined) return;
    this.#failed = asFatal(error, this.#options.directory);
    this.#stopped = this.#failed;
    this.#options.onFatal?.(this.#failed);
  }
}

/** An error of the file system becomes one a person can act on; a fault of ours stays what it is. */
function asFatal(error: unknown, directory: string): Error {
  if (error instanceof EntangleError) return error;
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === undefined) return error instanceof Error ? error : new Error(String(error));
  return new EntangleError('unavailable', `the ledger in ${directory} cannot be written: ${code}`, {
    hint: 'free or replace the disk, then start again; acknowledged messages are safe',
    cause: error,
  });
}
