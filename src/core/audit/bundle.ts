/** Lines of a Host’s ledger that prove themselves: each with its signed event, and its way to a head that the Host signed. */
import * as z from 'zod';
import type { Suite } from '../crypto/suite.ts';
import { npub } from '../encoding/id.ts';
import { readShape } from '../encoding/read-shape.ts';
import { hex, list, text } from '../encoding/schema.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { EntangleError } from '../errors.ts';
import { typeOfEvent } from '../evidence/read.ts';
import { isLogHead } from '../ledger/checkpoint.ts';
import { leafOf } from '../ledger/line.ts';
import { verifyInclusion } from '../ledger/merkle.ts';
import { logOrigin, writeNote } from '../ledger/note.ts';
import { eventId, type SignedEvent, verifyEvent, verifySignature } from '../nostr/event.ts';
import { RECORD_KIND } from '../protocol/message.ts';
import { RECORDS } from '../protocol/messages/records.ts';
import { signedEvent } from '../protocol/messages/row.ts';
import { DIRECTIONS } from '../vocabulary.ts';

const BUNDLE_FORMAT = 'entangle/bundle/1';
const MAX_ENTRIES = 10_000;
/** Of one event: as much as a line of a ledger holds. */
const MAX_CONTENT = 262_144;
const wholeEvent = signedEvent().extend({ content: text(MAX_CONTENT) });

const bundleShape = z.strictObject({
  format: z.literal(BUNDLE_FORMAT),
  graph: text(200),
  host: hex(32),
  /** The Host’s record of the head, and the same as a C2SP note. */
  checkpoint: z.strictObject({ event: wholeEvent, note: text(1000) }),
  entries: list(
    z.strictObject({
      n: z.int().min(1),
      at: text(32),
      dir: z.enum(DIRECTIONS),
      event: wholeEvent,
      proof: list(hex(32), 64),
    }),
    MAX_ENTRIES,
  ).min(1),
});
export type Bundle = z.infer<typeof bundleShape>;
type BundleEntry = Bundle['entries'][number];

/** A head as its record has it, with the note that it stands for. */
export const bundleOf = (
  sha256: Suite['sha256'],
  graph: string,
  checkpoint: SignedEvent,
  entries: BundleEntry[],
): Bundle => {
  const { size, root, log, sig } = headOfCheckpoint(checkpoint) ?? damaged('its checkpoint cannot be read');
  const note = writeNote(sha256, { origin: logOrigin(graph), size, root }, { log, sig });
  return {
    format: BUNDLE_FORMAT,
    graph,
    host: checkpoint.pubkey,
    checkpoint: { event: checkpoint, note },
    entries,
  };
};

export type ProvenEntry = {
  line: number;
  at: string;
  type: string;
  event: string;
  signer: string;
  /** Whether what it says is here too, and not only that it was said. */
  isWhole: boolean;
};
export type ProvenBundle = { host: string; graph: string; size: number; items: ProvenEntry[] };

const parsed = (words: string): unknown => {
  try {
    return parseStrict(words);
  } catch {
    return undefined;
  }
};
/** What a record of a checkpoint says; undefined for what is none. */
export const headOfCheckpoint = ({ content }: Pick<SignedEvent, 'content'>) =>
  readShape(RECORDS.checkpoint, parsed(content)).data;

/** Whether the Host gave its log another key by that record, in place of this one. */
const replaces = (event: SignedEvent, host: string, log: string): boolean =>
  event.pubkey === host &&
  isRotation(event) &&
  readShape(RECORDS['log.rotated'], parsed(event.content)).data?.from === log;
export const isRotation = (event: Pick<SignedEvent, 'kind' | 'tags'>): boolean =>
  event.kind === RECORD_KIND && typeOfEvent(event) === 'log.rotated';

const damaged = (words: string): never => {
  throw new EntangleError('invalid', `the bundle is damaged: ${words}`, {
    hint: 'ask for it once more: nothing of it is proved',
  });
};

/** Everything that the bundle says follows from signatures and digests in it, and from whom is trusted. */
export const verifyBundle = (suite: Suite, words: string, authorities: readonly string[]): ProvenBundle => {
  const bundle = readShape(bundleShape, parsed(words)).data ?? damaged('it is not one');
  const { graph, host, checkpoint, entries } = bundle;
  if (!authorities.includes(host))
    throw new EntangleError('denied', `the bundle is of a Host that you do not trust: ${npub(host)}`, {
      hint: 'compare that key with what `entangle host status` shows, then use --authority',
    });
  const head = headOfCheckpoint(checkpoint.event);
  if (!head || !verifyEvent(suite, checkpoint.event))
    return damaged('its checkpoint is not as it was signed');
  const isOurs =
    checkpoint.event.pubkey === host &&
    checkpoint.event.kind === RECORD_KIND &&
    typeOfEvent(checkpoint.event) === 'checkpoint' &&
    checkpoint.event.tags.some(([name, value]) => name === 'graph' && value === graph);
  if (!isOurs) return damaged('its checkpoint is of another Host or graph');
  const { size, root } = head;
  if (!isLogHead(graph, head)) return damaged('the log did not sign its checkpoint');
  if (checkpoint.note !== writeNote(suite.sha256, { origin: logOrigin(graph), size, root }, head))
    return damaged('its note is of another checkpoint');
  const items = entries.map((entry): ProvenEntry => {
    const { n, at, dir, event, proof } = entry;
    const isWhole = event.content !== '';
    const isGenuine = verifySignature(suite, event) && (!isWhole || eventId(suite, event) === event.id);
    if (!isGenuine) return damaged(`the event of line ${n} is not as it was signed`);
    if (n <= size && replaces(event, host, head.log))
      return damaged(`its checkpoint is signed by a key of the log that line ${n} replaced`);
    const leaf = leafOf(suite.sha256, { n, at, dir, event });
    if (!verifyInclusion(suite.sha256, { leaf, index: n - 1, size, root, proof }))
      return damaged(`line ${n} is not in the ledger of its checkpoint`);
    return {
      ...{ line: n, at, type: typeOfEvent(event), event: event.id },
      ...{ signer: npub(event.pubkey), isWhole },
    };
  });
  return { host: npub(host), graph, size, items };
};
