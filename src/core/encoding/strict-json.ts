/**
 * JSON from outside, refused where two readers could differ (RFC 8259 §4 and §9, I-JSON RFC 7493): one scan without
 * recursion, then `JSON.parse`. The scan is complete for well-formed text; malformed text fails in `JSON.parse`.
 */
import { isWellFormed, utf8Length } from './bytes.ts';

export type StrictJsonReason =
  | 'too_large'
  | 'too_deep'
  | 'too_many'
  | 'duplicate_key'
  | 'lone_surrogate'
  | 'bad_number'
  | 'forbidden_key'
  | 'syntax';

export class StrictJsonError extends Error {
  readonly reason: StrictJsonReason;
  /** Index of the first offending UTF-16 unit, as far as known. */
  readonly offset: number;

  constructor(reason: StrictJsonReason, offset: number) {
    super(`JSON refused at ${offset}: ${reason}`);
    this.name = 'StrictJsonError';
    this.reason = reason;
    this.offset = offset;
  }
}

export type StrictJsonLimits = {
  maxDepth?: number;
  maxBytes?: number;
  /** Values in objects and lists, however deep, and these themselves. */
  maxMembers?: number;
  /** An escape for half a character is read as one for a broken character; in a key it is refused all the same. */
  replacesHalves?: boolean;
  /** Grows by the members that were read, whatever comes of them. */
  spent?: { members: number };
};

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Or of a whole pair: then nothing is replaced. */
const ESCAPED_HALF = /\\u[dD][89a-fA-F]/;

/** Parses text that somebody else wrote. Throws `StrictJsonError`, never anything else. */
export function parseStrict(text: string, limits: StrictJsonLimits = {}): unknown {
  const { maxBytes = Number.POSITIVE_INFINITY, replacesHalves = false } = limits;
  if (text.length > maxBytes || (text.length * 3 > maxBytes && utf8Length(text) > maxBytes)) {
    throw new StrictJsonError('too_large', 0);
  }
  scan(text, limits);
  if (!isWellFormed(text)) throw new StrictJsonError('lone_surrogate', text.search(/\p{Surrogate}/u));
  try {
    return JSON.parse(text, replacesHalves && ESCAPED_HALF.test(text) ? wellFormed : undefined);
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    throw new StrictJsonError('syntax', position === undefined ? text.length : Number(position));
  }
}

const wellFormed = (_: string, value: unknown): unknown =>
  typeof value === 'string' ? value.toWellFormed() : value;

function scan(text: string, limits: StrictJsonLimits): void {
  const { maxDepth = 32, maxMembers = Number.POSITIVE_INFINITY, replacesHalves = false } = limits;
  const { spent = { members: 0 } } = limits;
  const most = spent.members + maxMembers;
  /** An open object has the set of its keys, an open array null. */
  const open: (Set<string> | null)[] = [];
  let keyNext = false;
  let i = 0;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) {
      const end = endOfString(text, i, replacesHalves);
      const keys = open.at(-1);
      if (keyNext && keys) addKey(keys, text, i, end);
      keyNext = false;
      i = end;
    } else if (c === 0x7b || c === 0x5b) {
      if (open.length >= maxDepth) throw new StrictJsonError('too_deep', i);
      spent.members++;
      keyNext = c === 0x7b;
      open.push(keyNext ? new Set() : null);
      i++;
    } else if (c === 0x7d || c === 0x5d) {
      open.pop();
      keyNext = false;
      i++;
    } else if (c === 0x2c) {
      spent.members++;
      keyNext = open.at(-1) instanceof Set;
      i++;
    } else if (c === 0x2d || (c >= 0x30 && c <= 0x39)) {
      i = endOfNumber(text, i);
    } else i++;
    if (spent.members > most) throw new StrictJsonError('too_many', i - 1);
  }
}

/** Index behind the closing quote; refuses half of a surrogate pair written as an escape, where it is not replaced. */
function endOfString(text: string, start: number, replacesHalves: boolean): number {
  let i = start + 1;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === QUOTE) return i + 1;
    if (c !== BACKSLASH) i++;
    else if (text.charCodeAt(i + 1) !== 0x75 || replacesHalves) i += 2;
    else {
      const unit = Number.parseInt(text.slice(i + 2, i + 6), 16);
      if (unit >= 0xd800 && unit <= 0xdfff) {
        const low = text.startsWith('\\u', i + 6) ? Number.parseInt(text.slice(i + 8, i + 12), 16) : 0;
        if (unit > 0xdbff || low < 0xdc00 || low > 0xdfff) throw new StrictJsonError('lone_surrogate', i);
        i += 12;
      } else i += 6;
    }
  }
  throw new StrictJsonError('syntax', start);
}

function addKey(keys: Set<string>, text: string, start: number, end: number): void {
  let key = text.slice(start + 1, end - 1);
  if (key.includes('\\')) {
    try {
      // "\u0061" and "a" are the same key.
      key = JSON.parse(text.slice(start, end)) as string;
    } catch {
      throw new StrictJsonError('syntax', start);
    }
    if (!isWellFormed(key)) throw new StrictJsonError('lone_surrogate', start);
  }
  if (FORBIDDEN.has(key)) throw new StrictJsonError('forbidden_key', start);
  if (keys.has(key)) throw new StrictJsonError('duplicate_key', start);
  keys.add(key);
}

/** Refuses what a double turns into infinity or minus zero: readers disagree on both. */
function endOfNumber(text: string, start: number): number {
  let i = start + 1;
  let plain = text.charCodeAt(start) !== 0x2d;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= 0x30 && c <= 0x39) continue;
    if (c !== 0x2b && c !== 0x2d && c !== 0x2e && c !== 0x45 && c !== 0x65) break;
    plain = false;
  }
  if (plain && i - start < 300) return i;
  const value = Number(text.slice(start, i));
  if (value === Infinity || value === -Infinity || Object.is(value, -0)) {
    throw new StrictJsonError('bad_number', start);
  }
  return i;
}
