/** NIP-44 conversation keys of recent pairs: the same for every seal between two keys, and dear to derive. */

export class ConversationKeys {
  readonly #capacity: number;
  /** Oldest use first: a Map keeps the order of insertion. */
  readonly #keys = new Map<string, Uint8Array>();

  constructor(capacity = 512) {
    this.#capacity = capacity;
  }

  /** Key of our public key with a peer's, both hex; derived and kept when it is not here. */
  get(own: string, peer: string, derive: () => Uint8Array): Uint8Array {
    const pair = `${own}:${peer}`;
    const key = this.#keys.get(pair) ?? derive();
    this.#keys.delete(pair);
    this.#keys.set(pair, key);
    if (this.#keys.size > this.#capacity) {
      for (const oldest of this.#keys.keys()) {
        this.#keys.delete(oldest);
        break;
      }
    }
    return key;
  }

  /** Wipes every key that belongs to one of ours, when it is retired. */
  forget(own: string): void {
    for (const [pair, key] of this.#keys) {
      if (!pair.startsWith(`${own}:`)) continue;
      key.fill(0);
      this.#keys.delete(pair);
    }
  }

  get size(): number {
    return this.#keys.size;
  }
}
