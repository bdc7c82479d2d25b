/**
 * How large a message becomes, in exact bytes. Everything that is composed is measured before it is signed: what would
 * not fit is refused or left out then, and never tried again for ever.
 */
import { MAX_TEXT_BYTES, MOST_BRIEF } from '../bounds.ts';
import { utf8Length } from '../encoding/bytes.ts';
import type { SignedEvent } from '../nostr/event.ts';
import { KIND, WIRE_VERSION } from './message.ts';

/** Rumors larger than this are refused before the outbox. */
export const MAX_RUMOR_BYTES = 24_000;

const quoted = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Bytes that a part of a body takes in its rumor, where it is JSON in JSON in JSON. Parts add up. */
export const wireBytes = (part: unknown): number => utf8Length(quoted(quoted(JSON.stringify(part))));

/** Bytes of the rumor that carries this event. */
export const rumorBytes = (event: SignedEvent): number => {
  const { id, pubkey, created_at, kind } = event;
  const recipient = event.tags.find(([name]) => name === 'p')?.[1] ?? '';
  const content = JSON.stringify(event);
  return utf8Length(JSON.stringify({ id, pubkey, created_at, kind, tags: [['p', recipient]], content }));
};

const HEX16 = '0'.repeat(32);
const HEX32 = '0'.repeat(64);
const UUID = '00000000-0000-7000-8000-000000000000';
const NUMBER = String(10 ** 13);
/** An event with an empty body and tags as long as the home writes them. */
const LONGEST: SignedEvent = {
  id: HEX32,
  pubkey: HEX32,
  created_at: 10 ** 11,
  kind: KIND.node,
  tags: [
    ['v', WIRE_VERSION],
    ['p', HEX32],
    ['type', 'x'.repeat(32)],
    ['graph', `${HEX32}/${'x'.repeat(63)}`],
    ['dedup', 'x'.repeat(120)],
    ['seq', HEX16, NUMBER],
    ['epoch', NUMBER, HEX16],
    ['rev', NUMBER],
    ['e', HEX32],
    ['session', UUID],
    ['conversation', UUID],
    ['expiration', NUMBER],
  ],
  content: '',
  sig: HEX32 + HEX32,
};
const NONCE = { nonce: HEX16 };

/** So many bytes of body, its nonce left out, fit whatever the tags are. */
export const MAX_BODY_BYTES = MAX_RUMOR_BYTES - rumorBytes(LONGEST) - wireBytes(NONCE);

/** Of signed events, those that fit into the list beside the rest of a body, in their order; each once. */
export const fittingEvidence = (
  rest: object,
  events: readonly (SignedEvent | undefined)[],
  most: number,
): SignedEvent[] => {
  let left = MAX_BODY_BYTES - wireBytes({ ...rest, evidence: [] });
  return events
    .filter((event) => event !== undefined)
    .filter((event) => {
      const bytes = wireBytes(event) + 1;
      if (bytes > left) return false;
      left -= bytes;
      return true;
    })
    .slice(0, most);
};

const LONGEST_OBSERVATION = {
  session: UUID,
  attempt: 1000,
  step: 100_000,
  state: 'budget_exceeded',
  node: 'x'.repeat(63),
  requester: HEX32,
  reason: 'x'.repeat(64),
  evidence: [],
};
/** What launches a session is embedded when the session is observed: it must fit there. */
export const MAX_TASK_EVENT_BYTES = MAX_BODY_BYTES - wireBytes(LONGEST_OBSERVATION);

const LONGEST_OUTCOME = {
  ...{ approval: UUID, session: UUID, operation: 'source.publish', state: 'invalidated' },
  ...{ subjectDigest: HEX32, evidence: [] },
};
/** A reason takes the most where all of it is quoted. */
const LONGEST_DECISION = {
  ...{ ...NONCE, approval: UUID, decision: 'changes_wanted', subjectDigest: HEX32 },
  ...{ reason: '"'.repeat(MOST_BRIEF), whole: { sha256: HEX32, size: MAX_TEXT_BYTES } },
};
/** Whether any decision about the subject can be signed, and be embedded when the Host is told what came of it. */
export const isDecidable = (subject: object): boolean => {
  const content = JSON.stringify({ ...LONGEST_DECISION, subject });
  const decision = { ...LONGEST, tags: [...LONGEST.tags, ['alt', '"'.repeat(200)]], content };
  return wireBytes(decision) + 1 <= MAX_BODY_BYTES - wireBytes(LONGEST_OUTCOME);
};
