/** Where each line of a ledger begins: eight bytes a line, so that any line is read at its own byte. */
import type { LinePlace } from './read.ts';

export class LinePlaces {
  #offsets = new Float64Array(1_024);
  #count = 0;
  /** Number of the first line in each segment, which are in order. */
  readonly #firsts: number[] = [];

  /** The place of the next line. */
  add({ segment, offset }: LinePlace): void {
    while (this.#firsts.length < segment) this.#firsts.push(this.#count + 1);
    if (this.#count === this.#offsets.length) {
      const larger = new Float64Array(this.#count * 2);
      larger.set(this.#offsets);
      this.#offsets = larger;
    }
    this.#offsets[this.#count++] = offset;
  }

  /** Of line n; undefined where there is none yet. */
  of(n: number): LinePlace | undefined {
    const offset = n > this.#count ? undefined : this.#offsets[n - 1];
    if (offset === undefined) return undefined;
    let [low, high] = [0, this.#firsts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#firsts[middle]! <= n) low = middle;
      else high = middle;
    }
    return { segment: low + 1, offset };
  }
}
