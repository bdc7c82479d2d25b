/** A checkpoint of the Host’s ledger in the hands of somebody else: whether it is one, and whether it follows from another. */
import type { Suite } from '../crypto/suite.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { type SignedEvent, verifyEvent } from '../nostr/event.ts';
import { RECORD_KIND } from '../protocol/message.ts';
import { RECORDS, type RecordBody } from '../protocol/messages/records.ts';
import { isLogHead } from './checkpoint.ts';
import type { Hash } from './line.ts';
import { verifyConsistency } from './merkle.ts';
import type { TreeHead } from './note.ts';

/** The record that the Host signed of its ledger, the head in it by its log; null for anything else. */
export const readHostCheckpoint = (
  suite: Suite,
  { isOfHost, graph }: { isOfHost: (key: string) => boolean; graph: string },
  event: SignedEvent,
): RecordBody<'checkpoint'> | null => {
  const tag = (name: string) => event.tags.find(([one]) => one === name)?.[1];
  if (!isOfHost(event.pubkey) || event.kind !== RECORD_KIND) return null;
  if (tag('type') !== 'checkpoint' || tag('graph') !== graph || !verifyEvent(suite, event)) return null;
  const { data } = readShape(RECORDS.checkpoint, parsed(event.content));
  return data && isLogHead(graph, data) ? data : null;
};

const parsed = (text: string): unknown => {
  try {
    return parseStrict(text);
  } catch {
    return null;
  }
};

/** Whether all lines of the one that is held are the first ones of the other. */
export const isContinued = (
  sha256: Hash,
  held: TreeHead,
  { size, root }: TreeHead,
  proof: readonly string[] | null,
): boolean =>
  proof !== null && verifyConsistency(sha256, { oldSize: held.size, oldRoot: held.root, size, root, proof });
