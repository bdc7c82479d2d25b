/** Nostr events (NIP-01): the types of their life-cycle, their id, their signature. */

import type { Suite } from '../crypto/suite.ts';
import { fromHex, isHex, isWellFormed, toHex, utf8 } from '../encoding/bytes.ts';
import { LATEST_SECONDS } from '../encoding/time.ts';
import { EntangleError } from '../errors.ts';

/** What an author writes. `created_at` is Unix seconds up to the year 9999, and only the author's claim. */
export type EventTemplate = { kind: number; created_at: number; tags: string[][]; content: string };
/** With the author's public key: 64 lower-case hex characters. */
export type UnsignedEvent = EventTemplate & { pubkey: string };
/** With its id, sha256 of the NIP-01 serialization, but no signature: NIP-59 calls it a rumor. */
export type Rumor = UnsignedEvent & { id: string };
/** With a BIP-340 signature over the id: 128 lower-case hex characters. */
export type SignedEvent = Rumor & { sig: string };

/** The bytes that an id is the hash of, as text (NIP-01). */
export const serializeEvent = (event: UnsignedEvent): string =>
  JSON.stringify([0, event.pubkey, event.created_at, event.kind, event.tags, event.content]);

/** sha256 (hex) of the serialization. */
export const eventId = (suite: Pick<Suite, 'sha256'>, event: UnsignedEvent): string =>
  toHex(suite.sha256(utf8(serializeEvent(event))));

/**
 * Signs a copy of the template; the result is frozen to the bottom, so what was signed cannot drift from its
 * signature. Throws `invalid` for a template that is no event. `aux` is 32 random bytes (BIP-340); `pubkey` is the
 * secret key's, where it is known: to compute it takes half the time of the signature.
 */
export function signEvent(
  suite: Suite,
  template: EventTemplate,
  secretKey: Uint8Array,
  aux: Uint8Array,
  pubkey = toHex(suite.publicKey(secretKey)),
): SignedEvent {
  const { kind, created_at, content } = template;
  const tags = template.tags.map((tag) => [...tag]);
  if (!isTemplateShape({ kind, created_at, tags, content })) {
    throw new EntangleError('invalid', 'malformed event template');
  }
  const id = eventId(suite, { pubkey, kind, created_at, tags, content });
  const sig = toHex(suite.sign(fromHex(id), secretKey, aux));
  return freezeEvent({ id, pubkey, created_at, kind, tags, content, sig });
}

/** True when the shape is exact, the id is the hash and the signature fits. Keeps no verdict: ask again, get it anew. */
export function verifyEvent(suite: Suite, event: unknown): event is SignedEvent {
  return isSignedEventShape(event) && eventId(suite, event) === event.id && verifySignature(suite, event);
}

/** True when the signature fits the id that the event claims; whether that is its hash is `eventId`'s to say. */
export const verifySignature = (suite: Suite, event: SignedEvent): boolean =>
  suite.verify(fromHex(event.sig), fromHex(event.id), fromHex(event.pubkey));

/** Exactly the seven members of a signed event, each of its type; hash and signature are not looked at. */
export const isSignedEventShape = (value: unknown): value is SignedEvent =>
  hasExactKeys(value, SIGNED_KEYS) && isRumorMembers(value) && isHex(value.sig, 64);

/** Exactly the six members of a rumor: a `sig` makes it none. */
export const isRumorShape = (value: unknown): value is Rumor =>
  hasExactKeys(value, RUMOR_KEYS) && isRumorMembers(value);

/** Freezes the event with its tags and returns it. */
export function freezeEvent<E extends EventTemplate>(event: E): E {
  for (const tag of event.tags) Object.freeze(tag);
  Object.freeze(event.tags);
  return Object.freeze(event);
}

const RUMOR_KEYS = ['id', 'pubkey', 'created_at', 'kind', 'tags', 'content'] as const;
const SIGNED_KEYS = [...RUMOR_KEYS, 'sig'] as const;

function hasExactKeys<K extends string>(value: unknown, keys: readonly K[]): value is Record<K, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}

const isRumorMembers = (value: Record<(typeof RUMOR_KEYS)[number], unknown>): boolean =>
  isHex(value.id, 32) && isHex(value.pubkey, 32) && isTemplateShape(value);

const isTemplateShape = (value: {
  kind: unknown;
  created_at: unknown;
  tags: unknown;
  content: unknown;
}): boolean =>
  isInteger(value.kind, 65_535) &&
  isInteger(value.created_at, LATEST_SECONDS) &&
  isText(value.content) &&
  Array.isArray(value.tags) &&
  value.tags.every((tag) => Array.isArray(tag) && tag.every(isText));

const isInteger = (value: unknown, max: number): boolean =>
  Number.isSafeInteger(value) && !Object.is(value, -0) && (value as number) >= 0 && (value as number) <= max;

/** A lone surrogate has no UTF-8 form: implementations would hash different bytes. */
const isText = (value: unknown): boolean => typeof value === 'string' && isWellFormed(value);
