/** Bytes and their text forms. Decoders are strict: one text for each byte string, nothing else accepted. */
import { EntangleError } from '../errors.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const malformed = (what: string): EntangleError => new EntangleError('invalid', `malformed ${what}`);

/** Lower-case hex. */
export const toHex = (bytes: Uint8Array): string => bufferOf(bytes).toString('hex');

/** What a character of lower-case hex stands for, by its code; of all others -1, or nothing beyond ASCII. */
const NIBBLES = new Int8Array(128).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) NIBBLES[digit.charCodeAt(0)] = value;

/** True for exactly `bytes` bytes in lower-case hex. */
export function isHex(text: unknown, bytes: number): text is string {
  if (typeof text !== 'string' || text.length !== bytes * 2) return false;
  for (let i = 0; i < text.length; i++) if (!(NIBBLES[text.charCodeAt(i)]! >= 0)) return false;
  return true;
}

/** Reads lower-case hex; throws `invalid` for anything else. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw malformed('hex');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = NIBBLES[text.charCodeAt(i * 2)]!;
    const low = NIBBLES[text.charCodeAt(i * 2 + 1)]!;
    if (!(high >= 0 && low >= 0)) throw malformed('hex');
    bytes[i] = (high << 4) | low;
  }
  return bytes;
}

/** False when the text holds half of a surrogate pair, which UTF-8 cannot carry. */
export const isWellFormed = (text: string): boolean =>
  (text as string & { isWellFormed(): boolean }).isWellFormed();

/** UTF-8 bytes; throws `invalid` for a lone surrogate, which would otherwise be replaced silently. */
export function utf8(text: string): Uint8Array {
  if (!isWellFormed(text)) throw malformed('text (lone surrogate)');
  return encoder.encode(text);
}

/** Text of strict UTF-8; throws `invalid` for anything else. A byte order mark is kept as a character. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new EntangleError('invalid', 'malformed UTF-8', { cause });
  }
}

/** Without the beginning of a character at the end of it whose rest has not come; what is no UTF-8 is left as it is. */
export function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** Number of bytes that the text takes in UTF-8. */
export const utf8Length = (text: string): number => Buffer.byteLength(text);

/** The same memory, in the words of Node: those of `Uint8Array` itself no Node before 25 has. */
const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, length);

/** RFC 4648 §4 base64 with padding. */
export const toBase64 = (bytes: Uint8Array): string => bufferOf(bytes).toString('base64');

/** Reads canonical base64: padded, no white space, unused bits zero. Throws `invalid` for anything else. */
export function fromBase64(text: string): Uint8Array {
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  // Whatever it is given is read; only what is written so again is the one text
  if (toBase64(bytes) !== text) throw malformed('base64');
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Bytewise order: negative, zero or positive. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) {
    if (a[i] !== b[i]) return a[i]! - b[i]!;
  }
  return a.length - b.length;
}

/** Not for secrets: it stops at the first difference. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => compare(a, b) === 0;

// From here on units of UTF-16 are in another order than bytes of UTF-8
const HIGH = /[\ud800-\uffff]/;

/** The order of their UTF-8 bytes. */
export function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  if (HIGH.test(one) || HIGH.test(other)) return compare(utf8(one), utf8(other));
  return one < other ? -1 : 1;
}
