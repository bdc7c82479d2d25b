import type { SignedEvent } from '../nostr/event.ts';
import type { Epoch } from '../protocol/message.ts';
import type { MessageType } from '../protocol/table.ts';
import type { Direction } from '../vocabulary.ts';

/** A message of the ledger as a reducer sees it: accepted once, so trusted to have its schema. */
export type LedgerMessage<B = unknown> = {
  id: string;
  type: MessageType;
  from: string;
  to: string;
  seq: { stream: string; n: number } | null;
  epoch: Epoch;
  rev: number | null;
  re: string | null;
  session: string | null;
  /** Unix seconds as its signer claims. */
  at: number;
  dir: Direction;
  /** Number of the ledger line that has it. */
  line: number;
  /** When this home wrote that line, in Unix milliseconds by its own clock. */
  kept: number;
  event: SignedEvent;
  body: B;
};
