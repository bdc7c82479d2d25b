/** Which values are in any chunk, where all chunks were made here: nearly all that is asked for is in none, and one look says so. */
import type { ValueHash } from './filters.ts';

const LEAST_SLOTS = 1_024;
/** 8 MiB, for a million values and more; of some of those beyond it is said that they may be there. */
const MOST_SLOTS = 2 ** 21;
/** Values that fall together, by chance or on purpose, take no more looks than these. */
const LOOKS = 64;
/** Of fewer than each of so many slots, chance fills no such neighbourhood: somebody chose the values. */
const SPARSE = 16;
const FREE = 0;

export class LeftValues {
  /** Hashes of 32 bits, each in the first free slot from its own on. */
  #slots = new Uint32Array(LEAST_SLOTS);
  #count = 0;
  /** Nothing is kept any more, and everything may be there: answers are right, and take longer. */
  #isBlind = false;

  add(hashes: Iterable<ValueHash>): void {
    for (const hash of hashes) {
      if (this.#isBlind) return;
      if (this.#count * 2 > this.#slots.length) this.#grow();
      this.#put(markOf(hash));
    }
  }

  /** False only of what was never added. */
  mayHave(hash: ValueHash): boolean {
    if (this.#isBlind) return true;
    const slot = this.#slotFor(markOf(hash));
    return slot === undefined || this.#slots[slot] !== FREE;
  }

  /** Where it is, or would be; undefined where there is no room for it. */
  #slotFor(mark: number): number | undefined {
    const last = this.#slots.length - 1;
    for (let i = 0; i < LOOKS; i++) {
      const slot = (mark + i) & last;
      const found = this.#slots[slot];
      if (found === FREE || found === mark) return slot;
    }
    return undefined;
  }

  #put(mark: number): void {
    let slot = this.#slotFor(mark);
    while (slot === undefined && this.#slots.length < MOST_SLOTS) {
      if (this.#count * SPARSE < this.#slots.length) this.#goBlind();
      if (this.#isBlind) return;
      this.#grow();
      slot = this.#slotFor(mark);
    }
    // Without room among the most slots it is still found: none of those around it is ever free again
    if (slot === undefined || this.#slots[slot] === mark) return;
    this.#slots[slot] = mark;
    this.#count++;
  }

  #goBlind(): void {
    this.#isBlind = true;
    this.#slots = new Uint32Array(1);
  }

  #grow(): void {
    if (this.#isBlind || this.#slots.length === MOST_SLOTS) return;
    const before = this.#slots;
    this.#slots = new Uint32Array(before.length * 2);
    this.#count = 0;
    for (const mark of before) if (mark !== FREE) this.#put(mark);
  }
}

const markOf = ([hash]: ValueHash): number => hash || 1;
