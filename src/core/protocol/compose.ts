/** A draft becomes a signed event: the only place where tags of ours are written. */

import type { RandomBytes, Suite } from '../crypto/suite.ts';
import { toHex } from '../encoding/bytes.ts';
import { isWord } from '../encoding/grammar.ts';
import { readBy } from '../encoding/issues.ts';
import { EntangleError } from '../errors.ts';
import type { SignedEvent } from '../nostr/event.ts';
import { signEvent } from '../nostr/event.ts';
import type { Role } from '../vocabulary.ts';
import { WORK_TYPES } from '../vocabulary.ts';
import type { Epoch } from './message.ts';
import { RECORD_KIND, WIRE_VERSION } from './message.ts';
import type { RecordBody, RecordType } from './messages/records.ts';
import { altOf, kindOf, type MessageRow, sessionOf } from './messages/row.ts';
import { MAX_RUMOR_BYTES, MAX_TASK_EVENT_BYTES, rumorBytes, wireBytes } from './size.ts';
import type { BodyOf, MESSAGES, MessageType } from './table.ts';
import { rowOf } from './table.ts';
import { unreadableTags } from './tags.ts';

/** What a use case wants said. `dedup` names the effect: the same name again is the same message. */
export type Draft<T extends MessageType = MessageType> = { [K in T]: DraftOf<K> & Re<K> }[T];

/** The message it answers or follows, by id: named by those whose row does either, and by no other. */
type Re<T extends MessageType> =
  | (typeof MESSAGES)[T]['answers']
  | (typeof MESSAGES)[T]['follows'] extends null
  ? { re?: never }
  : { re: string };
type DraftOf<T extends MessageType> = {
  type: T;
  /** Signer and recipient, public keys in hex. */
  from: string;
  to: string;
  body: BodyOf<T>;
  dedup: string;
  conversation?: string;
  /** Unix seconds. */
  expiration?: number;
};
/** What the home adds: who it is, where in its stream the message stands, what it has seen. */
export type Stamp = {
  role: Role;
  secretKey: Uint8Array;
  /** Of the secret key, where it is known. */
  pubkey?: string;
  graph: string;
  seq: { stream: string; n: number } | null;
  epoch: Epoch;
  rev: number | null;
  /** Unix seconds. */
  createdAt: number;
  random: RandomBytes;
  /** A body written before, signed again under its old dedup key. */
  content?: string;
};

/** Signs a message. Throws `invalid` where a body or tag breaks its own schema or the rumor would be too large. */
export const composeMessage = (suite: Suite, draft: Draft, stamp: Stamp): SignedEvent => {
  const row = rowOf(draft.type);
  if (!row) throw new EntangleError('invalid', `no message type ${draft.type}`);
  const body = { ...draft.body, nonce: toHex(stamp.random(16)) };
  if (stamp.content === undefined)
    readBy(
      row.body,
      body,
      (words) => new EntangleError('invalid', `a ${draft.type} cannot be sent: ${words}`),
    );
  const content = stamp.content ?? JSON.stringify(body);
  const tags = tagsOf(draft, stamp, row, stamp.content === undefined ? body : JSON.parse(content));
  requireReadable(draft.type, tags);
  const event = signEvent(
    suite,
    { kind: kindOf(row, stamp.role), created_at: stamp.createdAt, tags, content },
    stamp.secretKey,
    stamp.random(32),
    stamp.pubkey,
  );
  requireSize(draft.type, event);
  return event;
};

const tagsOf = (draft: Draft, stamp: Stamp, row: MessageRow, said: unknown): string[][] => {
  const optional: [string, unknown][] = [
    ['rev', stamp.rev],
    ['e', draft.re],
    ['session', sessionOf(said)],
    ['conversation', draft.conversation],
    ['expiration', draft.expiration],
    ['alt', altOf(row, stamp.role, said)],
  ];
  return [
    ['v', WIRE_VERSION],
    ['p', draft.to],
    ['type', draft.type],
    ['graph', stamp.graph],
    ['dedup', draft.dedup],
    ...(stamp.seq ? [['seq', stamp.seq.stream, String(stamp.seq.n)]] : []),
    ['epoch', String(stamp.epoch.n), stamp.epoch.boot],
    ...optional.flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  ];
};

/** A ledger line whose tags nobody can read would stop every fold of its home. */
const requireReadable = (type: MessageType, tags: readonly (readonly string[])[]): void => {
  const wrong = unreadableTags(tags);
  if (wrong.length > 0)
    throw new EntangleError('invalid', `a ${type} cannot be sent: malformed ${wrong.join(', ')} tag`);
};

/** Throws `invalid` for what no message can carry, or no observation could embed afterwards. */
const requireSize = (type: MessageType, event: SignedEvent): void => {
  if (rumorBytes(event) > MAX_RUMOR_BYTES)
    throw new EntangleError('invalid', `a ${type} of more than ${MAX_RUMOR_BYTES} bytes`, {
      hint: 'shorten it, or send large content as a git commit',
    });
  const bytes = isWord(WORK_TYPES, type) ? wireBytes(event) : 0;
  if (bytes > MAX_TASK_EVENT_BYTES)
    throw new EntangleError(
      'invalid',
      `the task is too long: ${bytes} bytes as it is signed and quoted, at most ${MAX_TASK_EVENT_BYTES}`,
      { hint: 'put the details into a file of the repository and name it in the task' },
    );
};

/** Signs a ledger-only record. */
export const composeRecord = <T extends RecordType>(
  suite: Suite,
  type: T,
  body: RecordBody<T>,
  stamp: Pick<Stamp, 'secretKey' | 'pubkey' | 'graph' | 'createdAt' | 'random'>,
): SignedEvent =>
  signEvent(
    suite,
    {
      kind: RECORD_KIND,
      created_at: stamp.createdAt,
      tags: [
        ['v', WIRE_VERSION],
        ['type', type],
        ['graph', stamp.graph],
      ],
      content: JSON.stringify(body),
    },
    stamp.secretKey,
    stamp.random(32),
    stamp.pubkey,
  );
