/** The Host that a relay belongs to: named by its first key, known by the one that signs for it now. */
import { chain } from '../../core/authority/chain.ts';
import { type Chain, founderOf, isChain, relationOf, signerBy } from '../../core/authority/succession.ts';
import type { Suite } from '../../core/crypto/suite.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { parseStrict } from '../../core/encoding/strict-json.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { MEMBERS_KIND, RECOVERY_TAG, SUCCESSION_NAME } from '../../core/nostr/members.ts';
import { tagValue } from './event.ts';

export const isSuccession = (event: SignedEvent): boolean =>
  event.kind === MEMBERS_KIND && tagValue(event, 'd') === SUCCESSION_NAME;

export class Owner {
  readonly #founder: string;
  readonly #suite: Suite;
  #chain: Chain = [];
  /** As the Host said before anything was recovered; a chain with a recovery is nothing without it. */
  #recovery: string | null = null;

  constructor(founder: string, suite: Suite) {
    this.#founder = founder;
    this.#suite = suite;
  }

  get signer(): string {
    return this.#chain.at(-1)?.to ?? this.#founder;
  }
  /** A key to which mail for the Host may still be on its way. */
  isOrWas(key: string | undefined): boolean {
    return key === this.#founder || this.#chain.some(({ to }) => to === key);
  }

  /** What the list of members says beside the members. */
  readRecovery(list: SignedEvent): void {
    this.#recovery ??= tagValue(list, RECOVERY_TAG) ?? null;
  }

  /** The chain in it, where that leads to the key that signed it, and from the one that signs here. */
  successionIn(event: SignedEvent): Chain | null {
    const read = isSuccession(event) ? readShape(chain(), parsed(event.content)) : null;
    const graph = tagValue(event, 'graph') ?? '';
    if (!read?.success || founderOf(graph) !== this.#founder) return null;
    const founding = { graph, recovery: this.#recovery ?? '' };
    if (signerBy(graph, read.data) !== event.pubkey || !isChain(this.#suite, founding, read.data))
      return null;
    const relation = relationOf(this.#chain, read.data);
    return relation === 'follows' || relation === 'above' ? read.data : null;
  }

  follow(event: SignedEvent): void {
    this.#chain = this.successionIn(event) ?? this.#chain;
  }
}

const parsed = (text: string): unknown => {
  try {
    return parseStrict(text);
  } catch {
    return null;
  }
};
