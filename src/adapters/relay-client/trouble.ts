/** What is wrong at one relay, in words for people: the relay's own where it had any, until it is over. */

/** end: why the last connection ended; auth: a refused key; read: what does not come back; clock: its time is not ours. */
export type Topic = 'end' | 'auth' | 'read' | 'clock' | 'publish' | 'ephemeral' | 'pass' | 'notice';

const MAX_WORDS = 500;

export class Trouble {
  readonly #words = new Map<Topic, string>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get words(): string[] {
    return [...new Set(this.#words.values())];
  }

  /** Null: that is over. */
  set(topic: Topic, words: string | null): void {
    const text = words?.slice(0, MAX_WORDS);
    if (this.#words.get(topic) === text) return;
    if (text === undefined) this.#words.delete(topic);
    else this.#words.set(topic, text);
    this.#changed();
  }
}
