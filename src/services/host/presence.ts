/** What a Host heard of its runners since it started, on its monotonic clock. Nothing of it outlives the process. */
import { liveness, STALE_MS } from '../../core/machines/runner.ts';
import type { Liveness } from '../../core/vocabulary.ts';
import type { Clock } from '../../ports/index.ts';

export class Presence {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #startedAt: number;
  readonly #heardAt = new Map<string, number>();
  readonly #renewedAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
  }

  get uptimeMs(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** A heartbeat of this runner (public key) came. */
  heard(runner: string): void {
    this.#heardAt.set(runner, this.#clock.monotonic());
  }

  /** Not heard for so long, by this Host itself, that it counts as live no more. */
  isSilent(runner: string): boolean {
    return (this.silenceOf(runner) ?? this.uptimeMs) >= STALE_MS;
  }

  /** The lease of this assignment was renewed. */
  renewed(assignment: string): void {
    this.#renewedAt.set(assignment, this.#clock.monotonic());
  }

  /** Milliseconds since its last heartbeat; null before the first. */
  silenceOf(runner: string): number | null {
    return this.#since(this.#heardAt.get(runner));
  }

  livenessOf(runner: string): Liveness {
    return liveness(this.silenceOf(runner));
  }

  isLive(runner: string): boolean {
    return this.livenessOf(runner) === 'live';
  }

  /** Milliseconds since the last renewal; null before the first. */
  sinceRenewal(assignment: string): number | null {
    return this.#since(this.#renewedAt.get(assignment));
  }

  /** The same, where the Host before this one may have renewed it up to the moment this one started. */
  sinceLastPossibleRenewal(assignment: string): number {
    return this.sinceRenewal(assignment) ?? this.uptimeMs;
  }

  #since(at: number | undefined): number | null {
    return at === undefined ? null : this.#clock.monotonic() - at;
  }
}
