/** Tables of every message, and of what is open because of one. */
import type { RecordType } from '../protocol/messages/records.ts';
import type { MessageType } from '../protocol/table.ts';
import type { Direction } from '../vocabulary.ts';
import { flag, hexText, int, nullable, type Schema, shared, text, word } from './tables.ts';

export const MESSAGES_ROWS = {
  /**
   * Index into the ledger, kept for good: one row for each line; two nodes of one home have what passes between them
   * twice. A signer's `dedup` names an effect of a type on a key of this home; the same one is known again by it.
   */
  messages: {
    columns: {
      id: hexText,
      type: shared<MessageType | RecordType>(),
      dir: word<Direction>(),
      sender: shared<string>(),
      recipient: shared<string>(),
      dedup: text,
      /** Digest of the content of what came in. */
      content: nullable(hexText),
      re: nullable(hexText),
      session: nullable(shared<string>()),
      stream: nullable(shared<string>()),
      seq: nullable(int),
      at: int,
      line: int,
      /** When this home wrote the line, in Unix milliseconds by its own clock. */
      kept: int,
    },
    key: ['id', 'dir'],
    index: [
      // What came of a type or in a session is read on from a line, whatever came before
      ['type', 'dir', 'line'],
      ['session', 'type', 'dir', 'line'],
      // However often a key was used, its first use is found at once
      ['sender', 'recipient', 'type', 'dedup', 'dir', 'line'],
      ['sender', 'recipient', 'type', 'dir', 'line'],
      ['sender', 'recipient', 'stream', 'seq'],
      ['re', 'type'],
    ],
    arrival: ['line', 'kept'],
  },
  /** What was opened over an edge, by the message that did; `open` until it is answered or its session is over. */
  exchanges: {
    columns: {
      id: hexText,
      dir: word<Direction>(),
      type: shared<string>(),
      sender: shared<string>(),
      recipient: shared<string>(),
      session: nullable(shared<string>()),
      open: flag,
    },
    key: ['id', 'dir'],
    index: [['sender', 'recipient', 'type', 'dir', 'open'], ['session']],
  },
} as const satisfies Schema;
