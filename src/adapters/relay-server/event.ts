/** What the relay needs to know about an event besides its signature: shape, size, expiry, recipient, address. */

import type { SignedEvent } from '../../core/nostr/event.ts';
import { EPHEMERAL_WRAP_KIND, WRAP_KIND } from '../../core/nostr/kinds.ts';
import { DELETION_KIND } from '../../core/nostr/mailbox.ts';

export const DELETION = DELETION_KIND;
export const AUTHENTICATION = 22242;
const MAX_TAGS = 2_000;

export const isKey = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isCount = (value: unknown, max: number): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= max;
const isTag = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

/** The event with exactly the NIP-01 fields, or undefined where the shape is wrong. Nothing is verified. */
export function readRelayEvent(value: unknown): SignedEvent | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { id, pubkey, created_at, kind, tags, content, sig } = value as Record<string, unknown>;
  if (!isKey(id) || !isKey(pubkey)) return undefined;
  if (typeof sig !== 'string' || !/^[0-9a-f]{128}$/.test(sig)) return undefined;
  if (!isCount(created_at, 2 ** 40) || !isCount(kind, 65_535) || typeof content !== 'string')
    return undefined;
  if (!Array.isArray(tags) || tags.length > MAX_TAGS || !tags.every(isTag)) return undefined;
  return { id, pubkey, created_at, kind, tags, content, sig };
}

export const isWrap = (kind: number): boolean => kind === WRAP_KIND || kind === EPHEMERAL_WRAP_KIND;
export const isEphemeral = (kind: number): boolean => kind >= 20_000 && kind < 30_000;

/** First value of the first tag of that name. */
export const tagValue = (event: { tags: string[][] }, name: string): string | undefined =>
  event.tags.find((tag) => tag[0] === name)?.[1];

/** Unix seconds at which the event expires (NIP-40), Infinity where it does not say; nonsense has expired. */
export function expiryOf(event: SignedEvent): number {
  const text = tagValue(event, 'expiration');
  if (text === undefined) return Number.POSITIVE_INFINITY;
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

/** The key a wrap is for; undefined for anything that is not a wrap. */
export const recipientOf = (event: SignedEvent): string | undefined =>
  isWrap(event.kind) ? (tagValue(event, 'p') ?? '') : undefined;

/** Whether a wrap names one key and nothing else as its recipient, as every reader of it demands. */
export const isForOneKey = ({ tags }: SignedEvent): boolean => {
  const [name, ...others] = tags.filter((tag) => tag[0] === 'p');
  return isKey(name?.[1]) && others.length === 0;
};

/** What a replaceable or addressable event replaces (NIP-01), undefined for the others. */
export function addressOf(event: SignedEvent): string | undefined {
  const { kind, pubkey } = event;
  if (kind === 0 || kind === 3 || (kind >= 10_000 && kind < 20_000)) return `${kind}:${pubkey}:`;
  if (kind >= 30_000 && kind < 40_000) return `${kind}:${pubkey}:${tagValue(event, 'd') ?? ''}`;
  return undefined;
}
