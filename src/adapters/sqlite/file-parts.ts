/** The file of a database in parts: each is read, and compared with its digest, where SQLite first asks for it. */
import { hash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { openRegularNow } from '../system/files.ts';

/** Four pages: a question asks for a few that lie anywhere. */
const PART_BYTES = 16_384;
const DIGEST_BYTES = 32;
/** Parts that are read or written at a time where all of them are. */
const RUN = 64;
const RUN_BYTES = RUN * PART_BYTES;
const SPARE_BYTES = 16 * PART_BYTES;

const digestOf = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

/** The bytes of a file: those of the database, given part by part, the digests of these, and the digest of all digests. */
export async function* inParts(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const digests: Buffer[] = [];
  for (let at = 0; at < parts.length; at += RUN) {
    const run = parts.slice(at, at + RUN);
    digests.push(...run.map(digestOf));
    yield Buffer.concat(run);
  }
  const all = Buffer.concat(digests);
  yield all;
  yield digestOf(all);
}

/** Of bytes that are all there. */
export const splitIntoParts = (body: Uint8Array): Uint8Array[] =>
  Array.from({ length: Math.ceil(body.length / PART_BYTES) }, (_, part) =>
    body.subarray(part * PART_BYTES, (part + 1) * PART_BYTES),
  );

/** The last one has room for what comes after it. */
const grown = (part: Uint8Array): Uint8Array => {
  if (part.length === PART_BYTES) return part;
  const whole = new Uint8Array(PART_BYTES);
  whole.set(part);
  return whole;
};

/** What sql.js reads and writes of a file. */
type Contents = {
  length: number;
  subarray(from: number, to: number): Uint8Array;
  set(bytes: Uint8Array, at: number): void;
};

/**
 * What sql.js is given in place of an array of bytes: it asks that for a copy, and keeps the copy as the contents of a file of
 * its own. This one is no copy, so nothing is read before SQLite reads it.
 */
export class FileParts implements ArrayLike<number> {
  readonly [n: number]: number;
  /** Of the database. */
  readonly length: number;
  readonly #file: number;
  readonly #digests: Uint8Array;
  readonly #parts = new Map<number, Uint8Array>();
  #spare = Buffer.alloc(0);
  /** Parts of a copy that is not written yet: what is written goes into parts of their own. */
  #lent: ReadonlySet<Uint8Array> = new Set();
  #writes = 0;
  #end = 0;
  #isOpen = true;
  #isDamaged = false;

  /** Undefined where there is no file; a text: why it is none of ours. */
  static open(path: string, most: number): FileParts | string | undefined {
    const found = openRegularNow(path, most);
    if (found === undefined) return undefined;
    const { file, size } = found;
    const count = Math.ceil((size - DIGEST_BYTES) / (PART_BYTES + DIGEST_BYTES));
    const tail = Buffer.alloc(Math.max(0, count + 1) * DIGEST_BYTES);
    const length = size - tail.length;
    const digests = tail.subarray(0, -DIGEST_BYTES);
    // What is too short to have any part has no place to read from either
    const isWhole = length > 0 && readSync(file, tail, 0, tail.length, length) === tail.length;
    if (isWhole && digestOf(digests).equals(tail.subarray(-DIGEST_BYTES)))
      return new FileParts(file, length, digests);
    closeSync(file);
    return size === 0 ? 'the file is empty' : 'the file is damaged';
  }

  /** Of no file: all of it is here. */
  static of(body: Uint8Array): FileParts {
    const parts = new FileParts(-1, body.length, new Uint8Array(0));
    parts.#isOpen = false;
    for (const [number, part] of splitIntoParts(body).entries()) parts.#parts.set(number, grown(part));
    return parts;
  }

  private constructor(file: number, length: number, digests: Uint8Array) {
    this.#file = file;
    this.length = length;
    this.#digests = digests;
  }

  /** A part has other bytes than were written, and was given as an empty one: what SQLite answers is not to be used. */
  get isDamaged(): boolean {
    return this.#isDamaged;
  }

  /** How often SQLite wrote; where it does and this stays, sql.js has its bytes elsewhere by now. */
  get writes(): number {
    return this.#writes;
  }

  /** Up to where SQLite ever wrote. */
  get end(): number {
    return this.#end;
  }

  /** The first `length` bytes as they are now, and stay until the copy is given back, whatever is written meanwhile. */
  copy(length: number): Uint8Array[] {
    const parts = Array.from({ length: Math.ceil(length / PART_BYTES) }, (_, number) => this.#part(number));
    this.#lent = new Set(parts);
    const last = length - (parts.length - 1) * PART_BYTES;
    return parts.map((part, number) => (number === parts.length - 1 ? part.subarray(0, last) : part));
  }

  giveBack(): void {
    this.#lent = new Set();
  }

  /** Where sql.js copies them; from here on there is room without an end, so that nothing is ever moved for it. */
  slice(): Contents {
    return {
      length: Number.MAX_SAFE_INTEGER,
      subarray: (from, to) => this.#read(from, to),
      set: (bytes, at) => this.#write(bytes, at),
    };
  }

  subarray(): this {
    return this;
  }

  /** Reads and compares all that were not yet. */
  checkAll(): void {
    for (let at = 0; at < this.length; at += RUN_BYTES) {
      const run = this.#bytesOf(at, Math.min(RUN_BYTES, this.length - at));
      for (let part = 0; part < run.length; part += PART_BYTES)
        this.#keep((at + part) / PART_BYTES, run.subarray(part, part + PART_BYTES));
    }
    this.close();
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #read(from: number, to: number): Uint8Array {
    const first = Math.floor(from / PART_BYTES);
    const begins = first * PART_BYTES;
    if (to <= begins + PART_BYTES) return this.#part(first).subarray(from - begins, to - begins);
    const bytes = new Uint8Array(to - from);
    for (let at = from; at < to; ) {
      const some = this.#read(at, Math.min(to, at - (at % PART_BYTES) + PART_BYTES));
      bytes.set(some, at - from);
      at += some.length;
    }
    return bytes;
  }

  #write(bytes: Uint8Array, at: number): void {
    this.#writes += 1;
    this.#end = Math.max(this.#end, at + bytes.length);
    for (let done = 0; done < bytes.length; ) {
      const inPart = (at + done) % PART_BYTES;
      const some = bytes.subarray(done, done + PART_BYTES - inPart);
      this.#own((at + done - inPart) / PART_BYTES).set(some, inPart);
      done += some.length;
    }
  }

  /** Of the file, or written since; what is beyond its end is empty until it is written. */
  #part(number: number): Uint8Array {
    const known = this.#parts.get(number);
    if (known !== undefined) return known;
    const at = number * PART_BYTES;
    return this.#keep(number, this.#bytesOf(at, Math.max(0, Math.min(PART_BYTES, this.length - at))));
  }

  #own(number: number): Uint8Array {
    const part = this.#part(number);
    if (!this.#lent.has(part)) return part;
    const own = new Uint8Array(part);
    this.#parts.set(number, own);
    return own;
  }

  #keep(number: number, bytes: Uint8Array): Uint8Array {
    const isOfFile = bytes.length > 0;
    const digest = this.#digests.subarray(number * DIGEST_BYTES, (number + 1) * DIGEST_BYTES);
    const isSound = !isOfFile || digestOf(bytes).equals(digest);
    const part = isSound ? grown(bytes) : new Uint8Array(PART_BYTES);
    this.#parts.set(number, part);
    this.#isDamaged ||= !isSound;
    return part;
  }

  /** A buffer for each part would be one more thing that is collected. */
  #room(length: number): Uint8Array {
    if (this.#spare.length < length) this.#spare = Buffer.allocUnsafeSlow(Math.max(length, SPARE_BYTES));
    const room = this.#spare.subarray(0, length);
    this.#spare = this.#spare.subarray(length);
    return room;
  }

  /** What cannot be read is not what was written either. */
  #bytesOf(at: number, length: number): Uint8Array {
    const bytes = this.#room(length);
    try {
      if (!this.#isOpen || readSync(this.#file, bytes, 0, length, at) < length) bytes.fill(0);
    } catch {
      bytes.fill(0);
    }
    return bytes;
  }
}
