/** One line of a ledger, and the chain over lines (docs/design.md §7). */
import { fromHex, isHex, toHex, utf8 } from '../encoding/bytes.ts';
import { EntangleError } from '../errors.ts';
import { eventId, isSignedEventShape, type SignedEvent } from '../nostr/event.ts';
import type { Direction } from '../vocabulary.ts';

/** in: accepted from the wire; out: composed here, to be delivered; local: a record that never travels. */
/** What is appended: the ledger adds n, at and chain. `seal` stands on outgoing lines only. */
export type Entry = { dir: Direction; event: SignedEvent; seal?: SignedEvent };
/** n counts from 1 without gaps; `at` is ISO 8601 UTC with milliseconds; `chain` is 64 hex characters. */
export type Line = Entry & { n: number; at: string; chain: string };

/** Number and chain value of the last line; the next line continues it. */
export type Head = { n: number; chain: string };
export type Hash = (message: Uint8Array) => Uint8Array;

/** The head of an empty ledger: 32 zero bytes before the first line. */
export const GENESIS: Head = { n: 0, chain: '0'.repeat(64) };
/** Bytes of the longest line with its newline: several times the largest message with its seal. */
export const MAX_LINE_BYTES = 262_144;

const AT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const LINE_SEPARATORS = /[\u2028\u2029]/g;

const refuse = (what: string): never => {
  throw new EntangleError('invalid', `not a ledger line: ${what}`);
};

/** The RFC 8785 form of everything but the content: contents can be pruned and the chain still holds. */
export function leafTextOf({ n, at, dir, event }: Omit<Line, 'chain'>): string {
  const { id, pubkey, kind, created_at, tags, sig } = event;
  // RFC 8785 §3.2: keys sorted, ECMAScript numbers and strings; written in that order it is what JSON.stringify gives.
  return JSON.stringify({ at, created_at, dir, id, kind, n, pubkey, sig, tags });
}

export const leafOf = (sha256: Hash, line: Omit<Line, 'chain'>): string =>
  toHex(sha256(utf8(leafTextOf(line))));

/** chain = sha256(previous chain ‖ leaf), over the raw 32-byte values. */
export function chainOf(sha256: Hash, previousChain: string, leaf: string): string {
  return toHex(sha256(fromHex(previousChain + leaf)));
}

/** The line as text without its newline; never holds a line break of any alphabet. */
export function writeLine(line: Line): string {
  const { n, at, dir, chain } = line;
  const text = JSON.stringify({
    n,
    at,
    dir,
    chain,
    event: ordered(line.event),
    ...(line.seal === undefined ? {} : { seal: ordered(line.seal) }),
  });
  return text.replace(LINE_SEPARATORS, (c) => (c === '\u2028' ? '\\u2028' : '\\u2029'));
}

/** The line as it stands in a file, with its newline; `invalid` where it is longer than a line may be. */
export function encodeLine(line: Line): Uint8Array {
  const bytes = utf8(`${writeLine(line)}\n`);
  if (bytes.length > MAX_LINE_BYTES)
    throw new EntangleError('invalid', `a ledger line has at most ${MAX_LINE_BYTES} bytes`);
  return bytes;
}

/** Reads a line's text; refuses everything that `writeLine` would not have written byte for byte. */
export function parseLine(text: string): Line {
  if (text.length >= MAX_LINE_BYTES) refuse('it is too long');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    refuse('it is not JSON');
  }
  const line = checkShape(value);
  // One form only: duplicate or unknown keys, other orders, spaces and number spellings all end here.
  if (writeLine(line) !== text) refuse('it is not in canonical form');
  return line;
}

/** The line that continues `head` with this entry; refuses an entry that could not be read back. */
export function nextLine(sha256: Hash, head: Head, at: string, entry: Entry): Line {
  const line = checkShape({ ...entry, n: head.n + 1, at, chain: head.chain });
  checkIds(sha256, line);
  return { ...line, chain: chainOf(sha256, head.chain, leafOf(sha256, line)) };
}

/** Checks that the line continues `head` and that its contents are what its ids say; gives the new head. */
export function verifyNext(sha256: Hash, head: Head, line: Line): Head {
  if (line.n !== head.n + 1) refuse(`its number is ${line.n} where ${head.n + 1} follows`);
  checkIds(sha256, line);
  if (chainOf(sha256, head.chain, leafOf(sha256, line)) !== line.chain) refuse('its chain value is wrong');
  return { n: line.n, chain: line.chain };
}

/** Verifies lines that follow `head`; throws at the first that does not continue the chain. */
export function verifyChain(sha256: Hash, lines: Iterable<Line>, head: Head = GENESIS): Head {
  let at = head;
  for (const line of lines) at = verifyNext(sha256, at, line);
  return at;
}

function checkIds(sha256: Hash, line: Line): void {
  // No message has an empty content (its body carries a nonce): an empty one was pruned, its id stays.
  if (line.event.content !== '' && eventId({ sha256 }, line.event) !== line.event.id)
    refuse('event id is wrong');
  if (line.seal !== undefined && eventId({ sha256 }, line.seal) !== line.seal.id) refuse('seal id is wrong');
}

const ordered = ({ id, pubkey, created_at, kind, tags, content, sig }: SignedEvent): SignedEvent => ({
  id,
  pubkey,
  created_at,
  kind,
  tags,
  content,
  sig,
});

function checkShape(value: unknown): Line {
  if (typeof value !== 'object' || value === null) return refuse('it is not an object');
  const { n, at, dir, chain, event, seal } = value as Record<string, unknown>;
  if (!Number.isSafeInteger(n) || (n as number) < 1) return refuse('n is not a count');
  if (typeof at !== 'string' || !AT.test(at)) return refuse('at is not a time');
  if (dir !== 'in' && dir !== 'out' && dir !== 'local') return refuse('dir is unknown');
  if (!isHex(chain, 32)) return refuse('chain is not a digest');
  if (!isSignedEventShape(event)) return refuse('event is not a signed event');
  const line: Line = { n: n as number, at, dir, chain, event };
  if (seal === undefined) return line;
  if (dir !== 'out') return refuse('only outgoing lines have a seal');
  if (!isSignedEventShape(seal)) return refuse('seal is not a signed event');
  return { ...line, seal };
}
