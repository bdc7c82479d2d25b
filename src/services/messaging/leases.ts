/**
 * How long the node runtimes of a home may act: ends of leases on the monotonic clock. Only the runner extends them. That clock
 * stands still while a machine sleeps, so the other one has to agree: whoever wakes asks first.
 */
import type { Clock } from '../../ports/index.ts';

export class Leases {
  readonly #clock: Pick<Clock, 'monotonic' | 'now'>;
  readonly #ends = new Map<string, number>();
  readonly #dates = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic' | 'now'>) {
    this.#clock = clock;
  }

  /** Whether the node (public key) may act now. */
  isLive(node: string): boolean {
    const isBefore = (this.endOf(node) ?? 0) > this.#clock.monotonic();
    return isBefore && this.#dates.get(node)! > this.#clock.now();
  }

  /** Monotonic; undefined where none was granted since the node runs here. */
  endOf(node: string): number | undefined {
    return this.#ends.get(node);
  }

  /** The Host may grant less than before: the last word counts. */
  grant(node: string, end: number): void {
    this.#ends.set(node, end);
    this.#dates.set(node, this.#clock.now() + end - this.#clock.monotonic());
  }

  /** The node runs here no more. */
  remove(node: string): void {
    this.#ends.delete(node);
    this.#dates.delete(node);
  }

  /** All ends as one value to compare: it changes with each renewal. */
  get basis(): string {
    return [...this.#ends.values()].join();
  }
}
