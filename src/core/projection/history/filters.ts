/** Bloom filters of many chunks: which of them may have a value. */
import { fromHex, toHex } from '../../encoding/bytes.ts';

/** Two numbers of 32 bits for what is looked for; it is the same for each chunk. */
export type ValueHash = readonly [number, number];

/** Bits for each value at least, and bits set by each: of five thousand values that are not there one is taken to be, or less. */
const BITS_OF_VALUE = 20;
const BITS_SET = 10;
const LEAST_BITS = 64;
const WORD = 32;

const textOf = (cells: readonly unknown[]): string =>
  cells.length === 1 && typeof cells[0] === 'string' ? cells[0] : JSON.stringify(cells);

/** FNV-1a, with two beginnings: chance alone need not meet, no attacker gains by it. */
export const hashOf = (cells: readonly unknown[]): ValueHash => {
  const text = textOf(cells);
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return [mixed(a), (mixed(b) | 1) >>> 0];
};
/** The end of MurmurHash3: each bit of a number changes each of the result. */
const mixed = (number: number): number => {
  const once = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35);
  return (twice ^ (twice >>> 16)) >>> 0;
};
/**
 * Enhanced double hashing (Dillinger and Manolios). `size` is a power of two: a filter that is repeated until it has
 * another such size gives the same answers.
 */
const bitOf = ([a, b]: ValueHash, i: number, size: number): number => (a + i * b + (i ** 3 - i) / 6) % size;

/** The filter of these values, as hex. */
export const filterOf = (values: Iterable<readonly unknown[]>): string => {
  const hashes = new Map([...values].map((cells) => [textOf(cells), hashOf(cells)]));
  let size = LEAST_BITS;
  while (size < hashes.size * BITS_OF_VALUE) size *= 2;
  const bits = new Uint8Array(size / 8);
  for (const hash of hashes.values())
    for (let i = 0; i < BITS_SET; i++) {
      const bit = bitOf(hash, i, size);
      bits[bit >>> 3]! |= 1 << (bit & 7);
    }
  return toHex(bits);
};

/** A set of chunks, by their numbers. */
export class ChunkSet {
  readonly words: Uint32Array;

  /** All of the first `count`. */
  constructor(count: number) {
    this.words = new Uint32Array(Math.ceil(count / WORD)).fill(0xffffffff);
    if (count % WORD !== 0) this.words[this.words.length - 1] = 2 ** (count % WORD) - 1;
  }

  remove(number: number): void {
    this.words[number >>> 5]! &= ~(1 << (number & 31));
  }

  isEmpty(): boolean {
    for (let word = 0; word < this.words.length; word++) if (this.words[word] !== 0) return false;
    return true;
  }

  /** From the first. */
  numbers(): number[] {
    const found: number[] = [];
    for (const [at, word] of this.words.entries())
      for (let rest = word; rest !== 0; rest &= rest - 1)
        found.push(at * WORD + WORD - 1 - Math.clz32(rest & -rest));
    return found;
  }
}

/** Filters of many chunks for one column. */
export type ColumnFilters = {
  /** `filter`: as hex. */
  add(chunk: number, filter: string): void;
  /** Takes those out of the set that do not have the value. */
  narrow(chunks: ChunkSet, hash: ValueHash): void;
};

/** As they are kept: nothing is made before the first look, and each chunk is asked by itself. */
export class FilterTexts implements ColumnFilters {
  readonly #texts: string[] = [];

  add(chunk: number, filter: string): void {
    this.#texts[chunk] = filter;
  }

  narrow(chunks: ChunkSet, hash: ValueHash): void {
    for (const chunk of chunks.numbers()) {
      const text = this.#texts[chunk];
      if (text === undefined || !mayHave(text, hash)) chunks.remove(chunk);
    }
  }

  /** Side by side, for many looks. */
  sliced(): FilterSlices {
    const slices = new FilterSlices();
    for (const [chunk, text] of this.#texts.entries()) if (text !== undefined) slices.add(chunk, text);
    return slices;
  }
}

const mayHave = (filter: string, hash: ValueHash): boolean => {
  const size = filter.length * 4;
  for (let i = 0; i < BITS_SET; i++) {
    const bit = bitOf(hash, i, size);
    // The first digit of a byte has its higher bits
    const digit = Number.parseInt(filter[((bit >>> 3) << 1) | (1 ^ ((bit >>> 2) & 1))]!, 16);
    if (((digit >>> (bit & 3)) & 1) === 0) return false;
  }
  return true;
};

/** Side by side bit for bit, row after row the same bit of each chunk: one look asks all of them. */
export class FilterSlices implements ColumnFilters {
  /** Bits of the largest filter. */
  #size = LEAST_BITS;
  /** Words of a row. */
  #width = 1;
  #rows = new Uint32Array(LEAST_BITS);

  add(chunk: number, filter: string): void {
    const bits = fromHex(filter);
    const size = bits.length * 8;
    const word = chunk >>> 5;
    this.#fit(size, word + 1);
    const mark = (1 << (chunk & 31)) >>> 0;
    for (const [at, byte] of bits.entries())
      for (let rest = byte; rest !== 0; rest &= rest - 1)
        for (let bit = at * 8 + WORD - 1 - Math.clz32(rest & -rest); bit < this.#size; bit += size)
          this.#rows[bit * this.#width + word]! |= mark;
  }

  narrow({ words }: ChunkSet, hash: ValueHash): void {
    for (let i = 0; i < BITS_SET; i++) {
      const row = bitOf(hash, i, this.#size) * this.#width;
      let any = 0;
      for (let word = 0; word < words.length; word++)
        any |= words[word]! &= word < this.#width ? this.#rows[row + word]! : 0;
      if (any === 0) return;
    }
  }

  /** Room for a larger filter, in which smaller ones are repeated, and for more chunks. */
  #fit(size: number, width: number): void {
    if (size <= this.#size && width <= this.#width) return;
    const wide = width <= this.#width ? this.#width : Math.max(width, this.#width * 2);
    const long = Math.max(size, this.#size);
    const rows = new Uint32Array(long * wide);
    for (let bit = 0; bit < long; bit++) {
      const from = (bit % this.#size) * this.#width;
      rows.set(this.#rows.subarray(from, from + this.#width), bit * wide);
    }
    [this.#size, this.#width, this.#rows] = [long, wide, rows];
  }
}
