/** What is wrong at one relay, in words for people: the relay's own where it had any, until it is over. */
import { cutText } from '../../core/encoding/cut.ts';
import type { Clock } from '../../ports/index.ts';
import { withOurTime } from './clock-trouble.ts';

/**
 * end: why the last connection ended; auth: a refused key; read: what does not come back; crowd: more of one second than
 * it gives at once; clock: its time is not ours.
 */
export type Topic = 'end' | 'auth' | 'read' | 'crowd' | 'clock' | 'publish' | 'ephemeral' | 'pass' | 'notice';

const MAX_WORDS = 500;

export class Trouble {
  /** As the relay said it, and as people read it. */
  readonly #words = new Map<Topic, { said: string; told: string }>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #changed: () => void;

  constructor(clock: Pick<Clock, 'now'>, changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  get words(): string[] {
    return [...new Set([...this.#words.values()].map(({ told }) => told))];
  }

  /** Null: that is over. */
  set(topic: Topic, words: string | null): void {
    const said = words === null ? undefined : cutText(words, MAX_WORDS);
    if (this.#words.get(topic)?.said === said) return;
    if (said === undefined) this.#words.delete(topic);
    else this.#words.set(topic, { said, told: withOurTime(said, this.#clock.now()) });
    this.#changed();
  }
}
