/** A home's own word that its ledger was verified up to a place: the next start goes on from there (docs/design.md §7). */
import * as z from 'zod';
import type { Suite } from '../crypto/suite.ts';
import { readShape } from '../encoding/read-shape.ts';
import { count, hex } from '../encoding/schema.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { type SignedEvent, signEvent, verifyEvent } from '../nostr/event.ts';
import { RECORD_KIND, WIRE_VERSION } from '../protocol/message.ts';

/**
 * The last line that was verified, with its chain value; the place behind it, as segment and byte; and the digest of
 * all bytes before that place.
 */
const markShape = z.strictObject({
  n: z.int().min(1),
  chain: hex(32),
  segment: z.int().min(1).max(999_999),
  offset: count,
  sha256: hex(32),
});
export type Mark = z.infer<typeof markShape>;

const TYPE = 'ledger.mark';
const tags = (): string[][] => [
  ['v', WIRE_VERSION],
  ['type', TYPE],
];

/** The mark as it stands in its file: an event of the home's own key. `aux` is 32 random bytes. */
export const writeMark = (
  suite: Suite,
  { n, chain, segment, offset, sha256 }: Mark,
  { secretKey, createdAt, aux }: { secretKey: Uint8Array; createdAt: number; aux: Uint8Array },
): string => {
  const content = JSON.stringify({ n, chain, segment, offset, sha256 });
  const template = { kind: RECORD_KIND, created_at: createdAt, tags: tags(), content };
  return JSON.stringify(signEvent(suite, template, secretKey, aux));
};

/** Null for anything but a mark that this key signed. */
export const readMark = (suite: Suite, pubkey: string, text: string): Mark | null => {
  const event = parsed(text);
  if (!verifyEvent(suite, event) || !isMarkOf(event, pubkey)) return null;
  const read = readShape(markShape, parsed(event.content));
  return read.success ? read.data : null;
};

const isMarkOf = (event: SignedEvent, pubkey: string): boolean =>
  event.pubkey === pubkey &&
  event.kind === RECORD_KIND &&
  JSON.stringify(event.tags) === JSON.stringify(tags());

const parsed = (text: string): unknown => {
  try {
    return parseStrict(text);
  } catch {
    return null;
  }
};
