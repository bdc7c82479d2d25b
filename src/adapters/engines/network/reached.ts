/** What a turn asked of the network: counted by place, so that however much it is, there is a bound on what is told. */
import { MAX_NETWORK } from '../../../core/bounds.ts';
import { NETWORK_OUTCOMES, type NetworkOutcome } from '../../../core/vocabulary.ts';
import type { Reached } from '../../../ports/index.ts';

export class ReachedPlaces {
  readonly #places = new Map<string, Reached>();

  /** `to` is empty where nobody could read it. */
  add(to: string, outcome: NetworkOutcome, bytes: { sent: number; received: number } = NONE): void {
    const isRoom = this.#places.has(`${outcome} ${to}`) || this.#places.size < MAX_NETWORK.told - OUTCOMES;
    const shown = isRoom ? to : '';
    const place = this.#places.get(`${outcome} ${shown}`);
    this.#places.set(`${outcome} ${shown}`, {
      ...{ to: shown, outcome, connections: (place?.connections ?? 0) + 1 },
      sent: (place?.sent ?? 0) + bytes.sent,
      received: (place?.received ?? 0) + bytes.received,
    });
  }

  get all(): Reached[] {
    return [...this.#places.values()];
  }
}
/** Of each there may be a place without a name. */
const OUTCOMES = NETWORK_OUTCOMES.length;
const NONE = { sent: 0, received: 0 };
