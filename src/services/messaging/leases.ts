/** How long the node runtimes of a home may act: ends of leases on the monotonic clock. Only the runner extends them. */
import type { Clock } from '../../ports/index.ts';

export class Leases {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #ends = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** Whether the node (public key) may act now. */
  isLive(node: string): boolean {
    return (this.endOf(node) ?? 0) > this.#clock.monotonic();
  }

  /** Monotonic; undefined where none was granted since the node runs here. */
  endOf(node: string): number | undefined {
    return this.#ends.get(node);
  }

  /** The Host may grant less than before: the last word counts. */
  grant(node: string, end: number): void {
    this.#ends.set(node, end);
  }

  /** The node runs here no more. */
  remove(node: string): void {
    this.#ends.delete(node);
  }

  /** All ends as one value to compare: it changes with each renewal. */
  get basis(): string {
    return [...this.#ends.values()].join();
  }
}
