/** Base64 of megabytes, in steps. */
import { EntangleError } from '../errors.ts';
import type { Steps } from '../steps.ts';
import { concat, fromBase64, toBase64 } from './bytes.ts';

/** Characters between two steps, four for three bytes. */
const CHARACTERS = 256 * 1024;
const BYTES = (CHARACTERS / 4) * 3;

/** `toBase64`. */
export function* encodingBase64(bytes: Uint8Array): Steps<string> {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES) {
    parts.push(toBase64(bytes.subarray(at, at + BYTES)));
    yield;
  }
  return parts.join('');
}

/** `fromBase64`: refuses all that it refuses. */
export function* decodingBase64(text: string): Steps<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += CHARACTERS) {
    const part = fromBase64(text.slice(at, at + CHARACTERS));
    // Padding ends a text, and no part of it
    if (part.length < BYTES && at + CHARACTERS < text.length)
      throw new EntangleError('invalid', 'malformed base64');
    parts.push(part);
    yield;
  }
  return concat(...parts);
}
