/** Where each line of a ledger begins: four bytes a line, so that any line is read at its own byte. */
import type { SegmentSeal } from '../../core/ledger/mark.ts';
import type { LinePlace } from './read.ts';

type Segment = {
  /** Number of its first line. */
  first: number;
  offsets: Uint32Array;
  /** Of a sealed segment in which nobody asked for a line yet: its bytes were not looked at in this life. */
  unread: SegmentSeal | null;
};

export class LinePlaces {
  /** In order. */
  readonly #segments: Segment[] = [];
  #count = 0;

  /** The next segment is one whose lines are found when one of them is asked for. */
  addSealed(seal: SegmentSeal): void {
    this.#segments.push({ first: seal.first, offsets: new Uint32Array(), unread: seal });
    this.#count = seal.n;
  }

  /** The place of the next line. */
  add({ segment, offset }: LinePlace): void {
    while (this.#segments.length < segment)
      this.#segments.push({ first: this.#count + 1, offsets: new Uint32Array(1_024), unread: null });
    const last = this.#segments.at(-1)!;
    const at = this.#count + 1 - last.first;
    if (at === last.offsets.length) {
      const larger = new Uint32Array(at * 2);
      larger.set(last.offsets);
      last.offsets = larger;
    }
    last.offsets[at] = offset;
    this.#count += 1;
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

  /** The seal of a segment whose lines must be found before one is read. */
  unread(segment: number): SegmentSeal | null {
    return this.#segments[segment - 1]?.unread ?? null;
  }

  found(segment: number, offsets: Uint32Array): void {
    const { first } = this.#segments[segment - 1]!;
    this.#segments[segment - 1] = { first, offsets, unread: null };
  }

  /** Of line n, in a segment whose lines are found. */
  of(n: number): LinePlace | undefined {
    const segment = this.segmentOf(n);
    if (segment === undefined) return undefined;
    const { first, offsets } = this.#segments[segment - 1]!;
    const offset = offsets[n - first];
    return offset === undefined ? undefined : { segment, offset };
  }
}
