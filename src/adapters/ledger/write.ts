/** Writing the segments of a ledger: whole batches, on disk before they count. */
import { constants } from 'node:fs';
import { type FileHandle, stat } from 'node:fs/promises';
import { openPrivate, syncDirectory } from '../system/files.ts';
import { type LinePlace, segmentPath } from './read.ts';

const EXISTING = constants.O_WRONLY;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

/** Appends to the last segment; begins a new one when that one is full. Not usable after an error. */
export class SegmentWriter {
  readonly #directory: string;
  readonly #segmentBytes: number;
  #file: FileHandle | undefined;
  #open = 0;

  constructor(directory: string, segmentBytes: number) {
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
  }

  /** Writes at `end` and returns the place where the bytes begin, when they are durable. */
  async write(end: LinePlace, bytes: Uint8Array): Promise<LinePlace> {
    const place = end.offset < this.#segmentBytes ? end : { segment: end.segment + 1, offset: 0 };
    const file = place.offset === 0 ? await this.#begin(end, place) : await this.#use(place.segment);
    for (let done = 0; done < bytes.length; ) {
      // A nearly full disk takes a part and says so only by the count.
      const { bytesWritten } = await file.write(bytes, done, bytes.length - done, place.offset + done);
      done += bytesWritten;
    }
    await file.datasync();
    return place;
  }

  /** Makes durable what another process, or an earlier life of this one, wrote and perhaps did not live to sync. */
  async sync(end: LinePlace): Promise<void> {
    if (end.offset === 0 && (await sizeOf(segmentPath(this.#directory, end.segment))) === undefined) return;
    await (await this.#use(end.segment)).datasync();
    await syncDirectory(this.#directory);
  }

  /** True where the files hold more, or less, than up to this place: by their names and sizes only. */
  async differs(end: LinePlace): Promise<boolean> {
    const size = await sizeOf(segmentPath(this.#directory, end.segment));
    return (
      (size ?? 0) !== end.offset ||
      (await sizeOf(segmentPath(this.#directory, end.segment + 1))) !== undefined
    );
  }

  /** Drops everything from a place on: the torn end of the last segment. */
  async cut(place: LinePlace): Promise<void> {
    const file = await this.#use(place.segment);
    await file.truncate(place.offset);
    await file.sync();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#open = 0;
    await file?.close();
  }

  async #use(segment: number): Promise<FileHandle> {
    if (this.#file === undefined || this.#open !== segment) {
      await this.close();
      this.#file = await openPrivate(segmentPath(this.#directory, segment), EXISTING);
      this.#open = segment;
    }
    return this.#file;
  }

  /** The first bytes of a segment: its name must be durable too, and the segment before it must be. */
  async #begin(end: LinePlace, place: LinePlace): Promise<FileHandle> {
    const path = segmentPath(this.#directory, place.segment);
    if ((await sizeOf(path)) !== undefined) return this.#use(place.segment);
    if (end.segment !== place.segment) await (await this.#use(end.segment)).datasync();
    await this.close();
    this.#file = await openPrivate(path, NEW);
    this.#open = place.segment;
    await syncDirectory(this.#directory);
    return this.#file;
  }
}

const sizeOf = async (path: string): Promise<number | undefined> =>
  (
    await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    })
  )?.size;
