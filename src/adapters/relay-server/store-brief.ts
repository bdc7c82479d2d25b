/** Rows of the relay's index that never reach the disk: bounded, and the oldest goes first. */

const ROOM = { events: 1_000, bytes: 16 * 1024 ** 2 };

export class BriefRows<Row extends { length: number }> {
  readonly #rows = new Set<Row>();
  #bytes = 0;

  get size(): number {
    return this.#rows.size;
  }

  add(row: Row): void {
    this.#rows.add(row);
    this.#bytes += row.length;
  }

  remove(row: Row): void {
    if (this.#rows.delete(row)) this.#bytes -= row.length;
  }

  /** The oldest one, where they take more room than there is. */
  get surplus(): Row | undefined {
    if (this.#rows.size <= ROOM.events && this.#bytes <= ROOM.bytes) return undefined;
    const [oldest] = this.#rows;
    return oldest;
  }
}
