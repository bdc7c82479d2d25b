/** Names of things: ids that sort by time, and public keys as people write them. */
import { decode, type NPub, npubEncode } from 'nostr-tools/nip19';
import { EntangleError, type ErrorCode } from '../errors.ts';
import { PUBLIC_KEY_TEXT, UUID } from '../grammars.ts';
import { isHex, toHex } from './bytes.ts';
import { fits } from './grammar.ts';

/** UUIDv7 (RFC 9562 §5.7) of Unix milliseconds and at least 10 random bytes. */
export function uuidv7(ms: number, random: Uint8Array): string {
  if (!Number.isSafeInteger(ms) || ms < 0 || ms >= 2 ** 48) {
    throw new EntangleError('invalid', 'time out of range for an id');
  }
  if (random.length < 10) throw new EntangleError('invalid', 'an id needs 10 random bytes');
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(ms / 2 ** (8 * (5 - i))) % 256;
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | (bytes[6]! & 0x0f);
  bytes[8] = 0x80 | (bytes[8]! & 0x3f);
  return toHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Public key (hex) of an npub or of 64 lower-case hex characters; throws for anything else. */
export function parsePubkey(text: string, code: ErrorCode = 'invalid'): string {
  if (isHex(text, 32)) return text;
  if (/^nsec1/i.test(text)) {
    throw new EntangleError(code, 'that is a secret key, not a public key', {
      hint: 'use the npub, and replace this key: whoever has seen the nsec can act as its owner',
    });
  }
  if (fits(PUBLIC_KEY_TEXT, text)) {
    try {
      return decode(text as NPub).data;
    } catch {
      // A wrong checksum: reported below like every other malformed key.
    }
  }
  throw new EntangleError(code, 'not a public key', {
    hint: `write ${PUBLIC_KEY_TEXT.rule}`,
  });
}

/** The npub of a public key in hex. */
export function npub(pubkey: string): string {
  if (!isHex(pubkey, 32)) throw new EntangleError('invalid', 'not a public key in hex');
  return npubEncode(pubkey);
}

/** Eight characters to recognise an id by; of a UUID the random end, since its start is shared within a minute. */
export const shortId = (id: string): string => (fits(UUID, id) ? id.slice(-8) : id.slice(0, 8));

/** What an id has in common with those that were derived from it, and with theirs: its moment. */
export const familyOf = (id: string): string => id.slice(0, 13);

/** A UUIDv7 beside its session's moment, which a turn that is run again computes again. `key`: hexadecimal. */
export const derivedId = (session: string, key: string): string =>
  `${familyOf(session)}-7${key.slice(0, 3)}-8${key.slice(3, 6)}-${key.slice(6, 18)}`;

/** When an id of version 7 was made, in milliseconds, as whoever made it says. */
export const millisOfId = (id: string): number => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
