/** Nostr events (NIP-01): the types of their life-cycle, their id, their signature. */
import type { Suite } from './crypto/suite.ts';

/** What an author writes. `created_at` is Unix seconds, and only the author's claim. */
export type EventTemplate = { kind: number; created_at: number; tags: string[][]; content: string };
/** With the author's public key: 64 lower-case hex characters. */
export type UnsignedEvent = EventTemplate & { pubkey: string };
/** With its id, sha256 of the NIP-01 serialization, but no signature: NIP-59 calls it a rumor. */
export type Rumor = UnsignedEvent & { id: string };
/** With a BIP-340 signature over the id: 128 lower-case hex characters. */
export type SignedEvent = Rumor & { sig: string };
