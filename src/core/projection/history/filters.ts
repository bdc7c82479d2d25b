/** Bloom filters of many chunks: which of them may have a value. */
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
export const hashOf = (cells: readonly unknown[]): ValueHash => hashOfText(textOf(cells));
const hashOfText = (text: string): ValueHash => {
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
const bitOf = ([a, b]: ValueHash, i: number, size: number): number =>
  (a + Math.imul(i, b) + CUBES[i]!) & (size - 1);
const CUBES = Array.from({ length: BITS_SET }, (_, i) => (i ** 3 - i) / 6);

/** Of each value once: of most columns many rows have the same. */
export const hashesOf = (values: Iterable<readonly unknown[]>): ValueHash[] =>
  Array.from(new Set(Array.from(values, textOf)), hashOfText);

/** The filter of values with these hashes. */
export const filterOf = (hashes: readonly ValueHash[]): Uint8Array => {
  let size = LEAST_BITS;
  while (size < hashes.length * BITS_OF_VALUE) size *= 2;
  const bits = new Uint8Array(size / 8);
  for (const hash of hashes)
    for (let i = 0; i < BITS_SET; i++) {
      const bit = bitOf(hash, i, size);
      bits[bit >>> 3]! |= 1 << (bit & 7);
    }
  return bits;
};

/** A set of chunks, by their numbers: a word has those of a lot. */
export class ChunkSet {
  readonly words: Uint32Array;

  /** All of the first `count`. */
  constructor(count: number) {
    this.words = new Uint32Array(Math.ceil(count / WORD)).fill(0xffffffff);
    if (count % WORD !== 0) this.words[this.words.length - 1] = 2 ** (count % WORD) - 1;
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

/** Tells the numbers of the bits that are set. */
const eachBit = (filter: Uint8Array, tell: (bit: number) => void): void => {
  for (let at = 0; at < filter.length; at++)
    for (let rest = filter[at]!; rest !== 0; rest &= rest - 1)
      tell(at * 8 + WORD - 1 - Math.clz32(rest & -rest));
};

/** So many chunks have their filters side by side in one row; which of these a chunk is of. */
export const LOT = WORD;
export const lotOf = (chunk: number): number => Math.floor(chunk / LOT);
/** Bytes of a row of such a lot: the same bit of each of its chunks. */
const ROW = WORD / 8;
const wordAt = (lot: Uint8Array, bit: number): number => {
  const at = bit * ROW;
  return lot[at]! | (lot[at + 1]! << 8) | (lot[at + 2]! << 16) | (lot[at + 3]! << 24);
};

/** The lot with the filter of one more chunk; of the largest size among them, in which smaller filters are repeated. */
export const withFilter = (before: Uint8Array | undefined, chunk: number, filter: Uint8Array): Uint8Array => {
  const size = filter.length * 8;
  const lot = new Uint8Array(Math.max(size * ROW, before?.length ?? 0));
  for (let at = 0; before !== undefined && at < lot.length; at += before.length) lot.set(before, at);
  const [byte, mark] = [(chunk & 31) >>> 3, 1 << (chunk & 7)];
  eachBit(filter, (first) => {
    for (let bit = first; bit * ROW < lot.length; bit += size) lot[bit * ROW + byte]! |= mark;
  });
  return lot;
};

/** Filters of many chunks for one column. */
export type ColumnFilters = {
  add(chunk: number, filter: Uint8Array): void;
  /** Takes those out of the set that do not have the value. */
  narrow(chunks: ChunkSet, hash: ValueHash): void;
};

/** As they are kept: a lot is read where some chunk of it is left to be asked. */
export class FilterLots implements ColumnFilters {
  readonly #read: (lot: number) => Uint8Array | undefined;
  readonly #lots = new Map<number, Uint8Array>();

  constructor(read: (lot: number) => Uint8Array | undefined) {
    this.#read = read;
  }

  /** What is read later has it. */
  add(chunk: number, filter: Uint8Array): void {
    const lot = lotOf(chunk);
    const bits = this.#lots.get(lot);
    if (bits !== undefined) this.#lots.set(lot, withFilter(bits, chunk, filter));
  }

  narrow({ words }: ChunkSet, hash: ValueHash): void {
    for (let lot = 0; lot < words.length; lot++) {
      if (words[lot] === 0) continue;
      const bits = this.#lots.get(lot) ?? this.#read(lot) ?? NOTHING;
      this.#lots.set(lot, bits);
      const size = bits.length / ROW;
      for (let i = 0; i < BITS_SET && words[lot] !== 0; i++)
        words[lot]! &= wordAt(bits, bitOf(hash, i, size));
    }
  }
}
/** Of chunks that have no row of the table. */
const NOTHING = new Uint8Array(LEAST_BITS * ROW);

/** Side by side bit for bit, row after row the same bit of each chunk: one look asks all of them. */
export class FilterSlices implements ColumnFilters {
  /** Bits of the largest filter. */
  #size = LEAST_BITS;
  /** Words of a row. */
  #width = 1;
  #rows = new Uint32Array(LEAST_BITS);

  add(chunk: number, filter: Uint8Array): void {
    const size = filter.length * 8;
    const word = lotOf(chunk);
    this.#fit(size, word + 1);
    const mark = (1 << (chunk & 31)) >>> 0;
    eachBit(filter, (first) => {
      for (let bit = first; bit < this.#size; bit += size) this.#rows[bit * this.#width + word]! |= mark;
    });
  }

  addLot(lot: number, bits: Uint8Array): void {
    const size = bits.length / ROW;
    this.#fit(size, lot + 1);
    for (let bit = 0; bit < this.#size; bit++)
      this.#rows[bit * this.#width + lot]! |= wordAt(bits, bit % size);
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
