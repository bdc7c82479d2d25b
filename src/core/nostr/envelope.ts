/**
 * NIP-59 layers, each by itself: signed event → rumor → seal → gift wrap, and back. Taking apart only decrypts:
 * every check on what comes out belongs to the one door, `protocol/open.ts`.
 */

import { conversationKey, decrypt, encrypt } from '../crypto/nip44.ts';
import type { Suite } from '../crypto/suite.ts';
import { fromHex } from '../encoding/bytes.ts';
import { EntangleError } from '../errors.ts';
import { eventId, freezeEvent, type Rumor, type SignedEvent, signEvent } from './event.ts';
import { EPHEMERAL_WRAP_KIND, SEAL_KIND, WRAP_KIND } from './kinds.ts';

/** The pair's conversation key where it is known, or 32 random bytes to derive it with. */
export type PairKey = { conversationKey: Uint8Array } | { blind: Uint8Array };

/** The rumor that carries a signed event to one recipient: same author, kind and time, the event as its content. */
export function composeRumor(suite: Pick<Suite, 'sha256'>, event: SignedEvent, recipient: string): Rumor {
  const unsigned = {
    pubkey: event.pubkey,
    created_at: event.created_at,
    kind: event.kind,
    tags: [['p', recipient]],
    content: JSON.stringify(event),
  };
  return freezeEvent({ id: eventId(suite, unsigned), ...unsigned });
}

export type SealOptions = PairKey & {
  secretKey: Uint8Array;
  /** Of the secret key, where it is known. */
  pubkey?: string;
  recipient: string;
  /** 32 random bytes, for this encryption only. */
  nonce: Uint8Array;
  aux: Uint8Array;
  createdAt: number;
};

/** Kind 13, no tags, signed by the author: proof of who wrote the rumor, readable by the recipient alone. */
export function sealRumor(suite: Suite, rumor: Rumor, options: SealOptions): SignedEvent {
  const { secretKey, nonce, aux, createdAt } = options;
  const key = pairKey(suite, secretKey, options.recipient, options);
  const content = encrypt(suite, key, JSON.stringify(rumor), nonce);
  const seal = signEvent(
    suite,
    { kind: SEAL_KIND, created_at: createdAt, tags: [], content },
    secretKey,
    aux,
    options.pubkey,
  );
  if (seal.pubkey !== rumor.pubkey) throw new EntangleError('invalid', 'a rumor is sealed by its own author');
  return seal;
}

export type WrapOptions = {
  recipient: string;
  /** Secret key used for this wrap only: it must not be linkable to anyone. */
  oneTimeKey: Uint8Array;
  nonce: Uint8Array;
  aux: Uint8Array;
  blind: Uint8Array;
  createdAt: number;
  ephemeral: boolean;
  /** Unix seconds (NIP-40). */
  expiration?: number;
};

/** Kind 1059, or 21059 for ephemeral: addressed to the recipient by a key that nobody knows. */
export function wrapSeal(suite: Suite, seal: SignedEvent, options: WrapOptions): SignedEvent {
  const { recipient, oneTimeKey, nonce, aux, blind, createdAt, expiration } = options;
  const key = conversationKey(suite, oneTimeKey, fromHex(recipient), blind);
  const tags = [['p', recipient]];
  if (expiration !== undefined) tags.push(['expiration', String(expiration)]);
  const kind = options.ephemeral ? EPHEMERAL_WRAP_KIND : WRAP_KIND;
  const content = encrypt(suite, key, JSON.stringify(seal), nonce);
  return signEvent(suite, { kind, created_at: createdAt, tags, content }, oneTimeKey, aux);
}

/** Text of the seal inside a wrap. Throws `Nip44Error`, or `invalid` for a pubkey that is no point. */
export const decryptWrap = (
  suite: Suite,
  wrap: Pick<SignedEvent, 'pubkey' | 'content'>,
  secretKey: Uint8Array,
  blind: Uint8Array,
): string => decrypt(suite, conversationKey(suite, secretKey, fromHex(wrap.pubkey), blind), wrap.content);

/** Text of the rumor inside a seal. Throws like `decryptWrap`. */
export const decryptSeal = (
  suite: Suite,
  seal: Pick<SignedEvent, 'pubkey' | 'content'>,
  secretKey: Uint8Array,
  key: PairKey,
): string => decrypt(suite, pairKey(suite, secretKey, seal.pubkey, key), seal.content);

const pairKey = (suite: Suite, secretKey: Uint8Array, peer: string, key: PairKey): Uint8Array =>
  'conversationKey' in key
    ? key.conversationKey
    : conversationKey(suite, secretKey, fromHex(peer), key.blind);
