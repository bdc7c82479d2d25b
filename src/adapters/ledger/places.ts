/** Where each line of a ledger begins: four bytes a line, so that any line is read at its own byte. */
import type { LinePlace } from './read.ts';
import type { Covered } from './seals.ts';

type Segment = {
  /** Number of its first line. */
  first: number;
  /** Number of the first line of which the place is known. */
  from: number;
  offsets: Uint32Array;
  /** Of lines in which nobody asked for one yet: their bytes were not looked at in this life. */
  unread: Covered | null;
};

const FEW = 1_024;

export class LinePlaces {
  /** In order. */
  readonly #segments: Segment[] = [];
  #count = 0;

  /** The next segment is one whose lines, or first lines, are found when one of them is asked for. */
  addSealed(seal: Covered): void {
    this.#segments.push({
      ...{ first: seal.first, from: seal.n + 1 },
      ...{ offsets: new Uint32Array(), unread: seal },
    });
    this.#count = seal.n;
  }

  /** The place of the next line. */
  add({ segment, offset }: LinePlace): void {
    const next = this.#count + 1;
    while (this.#segments.length < segment)
      this.#segments.push({ first: next, from: next, offsets: new Uint32Array(FEW), unread: null });
    const last = this.#segments.at(-1)!;
    const at = next - last.from;
    if (at === last.offsets.length) {
      const larger = new Uint32Array(Math.max(FEW, at * 2));
      larger.set(last.offsets);
      last.offsets = larger;
    }
    last.offsets[at] = offset;
    this.#count = next;
  }

  /** The segment that line n is in; undefined where there is no such line yet. */
  segmentOf(n: number): number | undefined {
    if (n > this.#count) return undefined;
    let [low, high] = [0, this.#segments.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#segments[middle]!.first <= n) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** What must be gone over before line n is read, where nobody did. */
  unread(n: number): Covered | null {
    const seal = this.#segments[(this.segmentOf(n) ?? 0) - 1]?.unread ?? null;
    return seal !== null && n <= seal.n ? seal : null;
  }

  /** Where the lines begin that were not known before. */
  found(segment: number, offsets: Uint32Array): void {
    const of = this.#segments[segment - 1]!;
    const all = new Uint32Array(offsets.length + of.offsets.length);
    all.set(offsets);
    all.set(of.offsets, offsets.length);
    this.#segments[segment - 1] = { first: of.first, from: of.first, offsets: all, unread: null };
  }

  /** Of line n, in a segment whose lines are found. */
  of(n: number): LinePlace | undefined {
    const segment = this.segmentOf(n);
    if (segment === undefined) return undefined;
    const { from, offsets } = this.#segments[segment - 1]!;
    const offset = offsets[n - from];
    return offset === undefined ? undefined : { segment, offset };
  }
}
