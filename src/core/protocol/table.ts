/** The one message table: every type that may be on the wire. */
import * as z from 'zod';
import { count, digest, hex, list, text } from '../encoding/schema.ts';
import { ROLES } from '../vocabulary.ts';
import { nodeRows, userRows } from './messages/a2a.ts';
import { control } from './messages/control.ts';
import { grantRows } from './messages/grants.ts';
import { observe } from './messages/observe.ts';
import { reviewRows } from './messages/reviews.ts';
import type { MessageRow } from './messages/row.ts';
import { row } from './messages/row.ts';

const common = {
  ack: row({
    signers: ROLES,
    to: ROLES,
    ephemeral: true,
    body: () => ({
      stream: hex(16),
      high: count,
      top: count,
      missing: list(z.tuple([count, count]), 256),
    }),
    doc: 'What is durable here of one stream: all up to `high`, and of the rest up to `top` all but `missing`.',
  }),
  'blob.get': row({
    signers: ROLES,
    to: ROLES,
    sends: 'any',
    body: () => ({ sha256: digest }),
    doc: 'Asks for bytes that a message of this edge named, or routes of the Host.',
  }),
  'blob.part': row({
    signers: ROLES,
    to: ROLES,
    sends: 'any',
    answers: ['blob.get'],
    body: () => ({ sha256: digest, n: count, of: z.int().min(0).max(128), data: text(20_000) }),
    doc: 'Part n of `of`, base64. Of what is not kept any more there are none: its `of` is 0.',
  }),
};

export const MESSAGES = {
  ...control,
  ...observe,
  ...userRows,
  ...grantRows,
  ...nodeRows,
  ...reviewRows,
  ...common,
};
export type MessageType = keyof typeof MESSAGES;
/** The body of a type, without its nonce. */
export type BodyOf<T extends MessageType> = Omit<z.infer<(typeof MESSAGES)[T]['body']>, 'nonce'>;

/** Looked up by hostile strings: a Map, so that `__proto__` is just unknown. */
const byType: ReadonlyMap<string, MessageRow> = new Map(Object.entries(MESSAGES));
export const rowOf = (type: string): MessageRow | undefined => byType.get(type);
export const messageTypes = (): [MessageType, MessageRow][] => [...byType] as [MessageType, MessageRow][];
