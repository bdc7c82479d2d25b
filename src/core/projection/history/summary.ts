/** What is known of a chunk of history without opening it: which rows it may have. It errs to one side only. */
import { fromHex, toHex } from '../../encoding/bytes.ts';
import { compareCells, shapeOf } from '../dump.ts';
import type { Cell, Schema, SchemaRow } from '../tables.ts';

/** By column, or by columns together: a Bloom filter as hex; of what has an order, the least and the most. */
type Known = { readonly filter?: string; readonly span?: Span };
/** `empty`: some rows have nothing there. */
type Span = { readonly from: Cell; readonly to: Cell; readonly empty: boolean };
type TableSummary = { readonly rows: number; readonly of: Readonly<Record<string, Known>> };
export type Summary = Readonly<Record<string, TableSummary>>;
/** Of a table, which columns are looked up together. */
export type Pairs = Readonly<Record<string, readonly (readonly string[])[]>>;

/** Bits for each value and bits set by each: of a hundred values that are not there one is taken to be. */
const BITS_OF_VALUE = 10;
const BITS_SET = 7;
const nameOf = (columns: readonly string[]): string => columns.join(' ');

/** What is looked for, by column, for as many summaries as are asked: it is the same in all of them. */
export type Hashes = Map<string, Hash>;
type Hash = readonly [number, number];

/** Two numbers of 32 bits for a text (FNV-1a, with two beginnings): chance alone need not meet, no attacker gains by it. */
const hashOf = (text: string): Hash => {
  let [a, b] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
  }
  return [(a ^ (a >>> 15)) >>> 0, ((b ^ (b >>> 13)) | 1) >>> 0];
};
const textOf = (cells: readonly unknown[]): string =>
  cells.length === 1 && typeof cells[0] === 'string' ? cells[0] : JSON.stringify(cells);

const filterOf = (values: ReadonlySet<string>): string => {
  const bits = new Uint8Array(Math.max(8, Math.ceil((values.size * BITS_OF_VALUE) / 8)));
  for (const value of values)
    for (let i = 0, hash = hashOf(value); i < BITS_SET; i++) {
      const bit = bitOf(hash, i, bits.length * 8);
      bits[bit >>> 3]! |= 1 << (bit & 7);
    }
  return toHex(bits);
};
const bitOf = ([a, b]: Hash, i: number, size: number): number => (a + i * b) % size;

/** Of the rows of each table that has some. */
export const summaryOf = (
  schema: Schema,
  rows: Readonly<Record<string, readonly SchemaRow[]>>,
  pairs: Pairs,
): Summary => {
  const summary: Record<string, TableSummary> = {};
  for (const [table, all] of Object.entries(rows)) {
    const shape = shapeOf(schema, table);
    const of: Record<string, Known> = {};
    const isNumber = (column: string): boolean => shape.columns[column]!.type === 'int';
    const asked = [...shape.key, ...(shape.index ?? []).flat()];
    for (const column of new Set([...asked, ...Object.keys(shape.columns).filter(isNumber)])) {
      const cells = all.map((row) => row[column] as Cell);
      of[column] = {
        ...(!isNumber(column) && { filter: filterOf(new Set(cells.map((cell) => textOf([cell])))) }),
        ...((isNumber(column) || column === shape.key[0]) && { span: spanOf(cells) }),
      };
    }
    for (const columns of pairs[table] ?? [])
      of[nameOf(columns)] = {
        filter: filterOf(new Set(all.map((row) => textOf(columns.map((name) => row[name]))))),
      };
    summary[table] = { rows: all.length, of };
  }
  return summary;
};

const spanOf = (cells: readonly Cell[]): Span => {
  const there: Cell[] = cells.filter((cell) => cell !== null);
  const least = (a: Cell, b: Cell): Cell => (compareCells(a, b) <= 0 ? a : b);
  const most = (a: Cell, b: Cell): Cell => (compareCells(a, b) >= 0 ? a : b);
  const empty = there.length < cells.length;
  return there.length === 0
    ? { from: null, to: null, empty }
    : { from: there.reduce(least), to: there.reduce(most), empty };
};

const isWithin = ({ from, to, empty }: Span, value: Cell): boolean =>
  value === null ? empty : compareCells(from, value) <= 0 && compareCells(value, to) <= 0;

const kept = (hashes: Hashes, name: string, values: readonly unknown[]): Hash => {
  const hash = hashOf(textOf(values));
  hashes.set(name, hash);
  return hash;
};

/** Answers from a summary; filters are read when first asked. */
export class SummaryReader {
  readonly #summary: Summary;
  readonly #pairs: Pairs;
  readonly #filters = new Map<Known, Uint8Array>();

  constructor(summary: Summary, pairs: Pairs) {
    this.#summary = summary;
    this.#pairs = pairs;
  }

  /** False only where no row of the table has these values. */
  mayHave(table: string, wanted: SchemaRow, hashes: Hashes = new Map()): boolean {
    const known = this.#summary[table];
    if (known === undefined || known.rows === 0) return false;
    for (const column of Object.keys(wanted)) {
      const of = known.of[column];
      if (of === undefined) continue;
      const value = wanted[column] as Cell;
      if (of.span !== undefined && !isWithin(of.span, value)) return false;
      if (!this.#has(of, hashes.get(column) ?? kept(hashes, column, [value]))) return false;
    }
    for (const columns of this.#pairs[table] ?? []) {
      if (!columns.every((column) => Object.hasOwn(wanted, column))) continue;
      const name = nameOf(columns);
      const hash =
        hashes.get(name) ??
        kept(
          hashes,
          name,
          columns.map((column) => wanted[column]),
        );
      if (!this.#has(known.of[name]!, hash)) return false;
    }
    return true;
  }

  /** The least and the most that the rows have there; undefined where that is not known. */
  span(table: string, column: string): readonly [Cell, Cell] | undefined {
    const span = this.#summary[table]?.of[column]?.span;
    return span && [span.empty ? null : span.from, span.to];
  }

  #has(known: Known, hash: Hash): boolean {
    const { filter } = known;
    if (filter === undefined) return true;
    let bits = this.#filters.get(known);
    if (bits === undefined) {
      bits = fromHex(filter);
      this.#filters.set(known, bits);
    }
    for (let i = 0; i < BITS_SET; i++) {
      const bit = bitOf(hash, i, bits.length * 8);
      if ((bits[bit >>> 3]! & (1 << (bit & 7))) === 0) return false;
    }
    return true;
  }
}
