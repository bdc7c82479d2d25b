/** Contents as text with one character for each byte, and by their lines: in steps, since one may have megabytes. */
import { concat } from '../encoding/bytes.ts';
import type { Steps } from '../steps.ts';
import { LINES_A_STEP } from './text-lines.ts';

/** Bytes between two steps; a line that is longer is one. */
export const BYTES_A_STEP = 64 * 1024;
const CHUNK = 8192;

const ascii = new TextDecoder('latin1');
const isAscii = (bytes: Uint8Array): boolean => {
  for (let at = 0; at < bytes.length; at++) if (bytes[at]! > 0x7f) return false;
  return true;
};
/** One character for each byte. */
export const bytesAsText = (bytes: Uint8Array): string => {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK);
    // The decoder is windows-1252, which is the same there, and five times as fast
    parts.push(isAscii(chunk) ? ascii.decode(chunk) : String.fromCharCode(...chunk));
  }
  return parts.join('');
};
export const textAsBytes = (text: string): Uint8Array => {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
};

/** Each with its line feed, where it has one. */
export function* linesOfBytes(bytes: Uint8Array): Steps<string[]> {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, Math.min(at + BYTES_A_STEP, bytes.length) - 1) + 1 || bytes.length;
    for (const line of bytesAsText(bytes.subarray(at, end)).match(/[^\n]*\n|[^\n]+$/g) ?? [])
      lines.push(line);
    at = end;
    yield;
  }
  return lines;
}

/** Texts of one character for each byte, one behind the other. */
export function* bytesOfAll(texts: Iterable<string>): Steps<Uint8Array> {
  const parts: Uint8Array[] = [];
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < BYTES_A_STEP) continue;
    parts.push(textAsBytes(piece));
    piece = '';
    yield;
  }
  return concat(...parts, textAsBytes(piece));
}

/** For each of a list, and a rest after some of them. */
export function* eachInSteps<T>(list: readonly T[], work: (one: T, at: number) => void): Steps<void> {
  for (let at = 0; at < list.length; at++) {
    work(list[at]!, at);
    if (at % LINES_A_STEP === LINES_A_STEP - 1) yield;
  }
}
