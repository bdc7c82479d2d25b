/** What a Host heard of its runners since it started, on its monotonic clock. Nothing of it outlives the process. */
import { HEARTBEAT_MS, liveness, STALE_MS } from '../../core/machines/runner.ts';
import type { Liveness } from '../../core/vocabulary.ts';
import type { Clock } from '../../ports/index.ts';

/** In which a runner that is there is heard, however seldom anybody is. */
const SURELY_MS = 2 * STALE_MS;

export class Presence {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #startedAt: number;
  readonly #heardAt = new Map<string, number>();
  #anyHeardAt: number;
  #listeningSince: number;
  /** In which somebody was heard, and so this Host listened: of each pause between two beats no more than one beat. */
  #listenedMs = 0;
  /** How much of that there was when the runner was heard last. */
  readonly #listenedAt = new Map<string, number>();
  readonly #renewedAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.#anyHeardAt = this.#startedAt;
    this.#listeningSince = this.#startedAt;
  }

  get uptimeMs(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** A heartbeat of this runner (public key) came. */
  heard(runner: string): void {
    const now = this.#clock.monotonic();
    // Nobody was: the relays or this machine were away, and the others are about to be heard as well
    const pauseMs = now - this.#anyHeardAt;
    if (pauseMs >= STALE_MS) this.#listeningSince = now;
    this.#listenedMs += Math.min(pauseMs, HEARTBEAT_MS);
    this.#anyHeardAt = now;
    this.#heardAt.set(runner, now);
    this.#listenedAt.set(runner, this.#listenedMs);
  }

  /** Not heard for so long, by a Host that could have heard it, that it counts as live no more. */
  isSilent(runner: string): boolean {
    // A relay that lets one word of another runner through a minute would else keep this one from being silent for ever
    if (this.#listenedMs - (this.#listenedAt.get(runner) ?? 0) >= SURELY_MS) return true;
    const since = Math.max(this.#heardAt.get(runner) ?? this.#startedAt, this.#listeningSince);
    return this.#clock.monotonic() - since >= STALE_MS;
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
