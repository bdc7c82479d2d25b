/** Frames that a relay sends (NIP-01, NIP-42), read without trusting any of it. */

import { MAX_WRAP_BYTES } from '../../core/bounds.ts';

const MAX_WORDS = 500;

export type Frame =
  | {
      name: 'EVENT';
      subscription: string;
      text: string;
      id: string;
      author: string;
      kind: number;
      createdAt: number;
      recipients: readonly unknown[];
    }
  | { name: 'EOSE'; subscription: string }
  | { name: 'CLOSED'; subscription: string; words: string }
  | { name: 'OK'; id: string; accepted: boolean; words: string }
  | { name: 'NOTICE'; words: string }
  | { name: 'AUTH'; challenge: string };

const EVENT_PREFIX = /^\s*\[\s*"EVENT"\s*,\s*"([A-Za-z0-9-]{1,64})"\s*,\s*/;

/** The frame, or undefined for anything that is malformed, unknown or too big. */
export function readFrame(text: string): Frame | undefined {
  const prefix = EVENT_PREFIX.exec(text);
  if (prefix !== null) return readEventFrame(text, prefix[0].length, prefix[1]!);
  const frame = parse(text);
  if (!Array.isArray(frame)) return undefined;
  const [name, first, second, third] = frame;
  if (typeof first !== 'string' || first.length > MAX_WORDS) return undefined;
  // NIP-67 lets EOSE carry a hint ("finish", "more"); paging finds the end without believing it.
  if (name === 'EOSE') return { name, subscription: first };
  if (name === 'CLOSED') return { name, subscription: first, words: words(second) };
  if (name === 'NOTICE') return { name, words: words(first) };
  if (name === 'AUTH') return { name, challenge: first };
  if (name === 'OK' && typeof second === 'boolean') {
    return { name, id: first, accepted: second, words: words(third) };
  }
  return undefined;
}

/** strfry says "ERROR: auth-required: …": the words stand anywhere. */
export const asksForAuth = (text: string): boolean => text.includes('auth-required');

/** The event keeps its own bytes: parsing and writing it again would hide what the strict reader must see. */
function readEventFrame(frame: string, from: number, subscription: string): Frame | undefined {
  const end = frame.lastIndexOf(']');
  if (end < from || frame.slice(end + 1).trim() !== '') return undefined;
  const text = frame.slice(from, end).trimEnd();
  if (text.length > MAX_WRAP_BYTES || Buffer.byteLength(text) > MAX_WRAP_BYTES) return undefined;
  const event = parse(text);
  if (typeof event !== 'object' || event === null || Array.isArray(event)) return undefined;
  const { id, pubkey, kind, tags, created_at: createdAt } = event as Record<string, unknown>;
  if (typeof id !== 'string' || id.length !== 64) return undefined;
  if (typeof kind !== 'number' || typeof createdAt !== 'number') return undefined;
  if (!Number.isSafeInteger(kind) || !Number.isSafeInteger(createdAt)) return undefined;
  const author = typeof pubkey === 'string' ? pubkey : '';
  return { name: 'EVENT', subscription, text, id, author, kind, createdAt, recipients: recipientsOf(tags) };
}

const recipientsOf = (tags: unknown): unknown[] =>
  Array.isArray(tags) ? tags.flatMap((tag) => (Array.isArray(tag) && tag[0] === 'p' ? [tag[1]] : [])) : [];

const words = (value: unknown): string => (typeof value === 'string' ? value.slice(0, MAX_WORDS) : '');

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
