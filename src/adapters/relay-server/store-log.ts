/** One append-only file of lines: group commit with fdatasync, torn tail cut on opening, positional reads. */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openPrivate, syncDirectory } from '../system/files.ts';

/** Bytes of a line, its newline included. */
export type Extent = { offset: number; length: number };
type Waiting = { bytes: Buffer; resolve: (extent: Extent) => void; reject: (reason: unknown) => void };

const MAX_LINE = 256 * 1024;
const CHUNK = 1024 * 1024;
const BATCH = 4 * 1024 * 1024;

export class EventLog {
  readonly #file: FileHandle;
  #size: number;
  #waiting: Waiting[] = [];
  readonly #reads = new Set<Promise<string>>();
  #flushing: Promise<void> | undefined;
  #failure: unknown;

  readonly #onFatal: (error: unknown) => void;

  private constructor(file: FileHandle, size: number, onFatal: (error: unknown) => void) {
    this.#file = file;
    this.#size = size;
    this.#onFatal = onFatal;
  }

  /** Calls `each` for every whole line, in order, and cuts what follows the last newline. */
  static async open(
    path: string,
    each: (line: string, extent: Extent) => void,
    onFatal: (error: unknown) => void = () => {},
  ): Promise<EventLog> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await openPrivate(path, constants.O_RDWR | constants.O_CREAT);
    try {
      const end = await scan(file, each);
      if (end < (await file.stat()).size) {
        await file.truncate(end);
        await file.datasync();
      }
      await syncDirectory(dirname(path));
      return new EventLog(file, end, onFatal);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Resolves when the line is on disk. What could not be written is cut off again, and the next line may have room. After
   * an fdatasync that failed every append is refused: nobody knows what the disk holds.
   */
  append(line: string): Promise<Extent> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ bytes: Buffer.from(`${line}\n`), resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  read(extent: Extent): Promise<string> {
    const read = this.#read({ ...extent });
    this.#reads.add(read);
    const done = () => this.#reads.delete(read);
    read.then(done, done);
    return read;
  }
  async #read(extent: Extent): Promise<string> {
    const bytes = Buffer.allocUnsafe(extent.length - 1);
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, done, bytes.length - done, extent.offset + done);
      if (bytesRead === 0) throw new Error('the relay log is shorter than its index');
      done += bytesRead;
    }
    return bytes.toString('utf8');
  }

  /** What is being written and read ends before. */
  async close(): Promise<void> {
    await this.#flushing;
    await Promise.allSettled(this.#reads);
    await this.#file.close();
  }

  async #flush(): Promise<void> {
    // Lines that arrive in the same turn share one write and one fdatasync.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      const refusal = await this.#write(Buffer.concat(batch.map((each) => each.bytes)));
      if (refusal !== null) {
        for (const each of [...batch, ...this.#waiting.splice(0)]) each.reject(refusal.error);
        break;
      }
      for (const each of batch) {
        each.resolve({ offset: this.#size, length: each.bytes.length });
        this.#size += each.bytes.length;
      }
    }
    this.#flushing = undefined;
  }

  async #write(bytes: Buffer): Promise<{ error: unknown } | null> {
    try {
      await writeAll(this.#file, bytes, this.#size);
    } catch (error) {
      // No space: a smaller file fits in any case.
      await this.#file.truncate(this.#size).catch((cause: unknown) => this.#fail(cause));
      return { error };
    }
    try {
      await this.#file.datasync();
      return null;
    } catch (error) {
      this.#fail(error);
      return { error };
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#onFatal(error);
  }

  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && bytes < BATCH) bytes += this.#waiting[count++]!.bytes.length;
    return this.#waiting.splice(0, count);
  }
}

/** Rewrites the log with only these lines, in this order; the old file stays whole until the new one is on disk. */
export async function rewrite(path: string, keep: readonly Extent[]): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const source = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const target = await openPrivate(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
    try {
      let at = 0;
      for (const extent of keep) {
        const bytes = Buffer.allocUnsafe(extent.length);
        const { bytesRead } = await source.read(bytes, 0, extent.length, extent.offset);
        if (bytesRead !== extent.length) throw new Error('the relay log is shorter than its index');
        await writeAll(target, bytes, at);
        at += extent.length;
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}

/** Returns the offset behind the last newline. */
async function scan(file: FileHandle, each: (line: string, extent: Extent) => void): Promise<number> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  let carry = Buffer.alloc(0);
  let start = 0;
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(chunk, 0, CHUNK, at);
    if (bytesRead === 0) return start;
    const bytes = chunk.subarray(0, bytesRead);
    let from = 0;
    for (let newline = bytes.indexOf(10); newline !== -1; newline = bytes.indexOf(10, from)) {
      const line = Buffer.concat([carry, bytes.subarray(from, newline)]);
      each(line.toString('utf8'), { offset: start, length: at + newline + 1 - start });
      carry = Buffer.alloc(0);
      from = newline + 1;
      start = at + from;
    }
    carry = Buffer.concat([carry, bytes.subarray(from)]);
    // A line that long is damage: keep only enough of it to be refused when its newline comes.
    if (carry.length > MAX_LINE) carry = Buffer.from('!');
    at += bytesRead;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
