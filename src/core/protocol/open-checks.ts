/** The named checks of the door, in order, and the steps between them that take one layer off. */

import * as z from 'zod';
import { founderOf } from '../authority/succession.ts';
import { MAX_WRAP_BYTES } from '../bounds.ts';
import type { RandomBytes, Suite } from '../crypto/suite.ts';
import { utf8Length } from '../encoding/bytes.ts';
import { readShape } from '../encoding/read-shape.ts';
import { parseStrict } from '../encoding/strict-json.ts';
import { decryptSeal, decryptWrap } from '../nostr/envelope.ts';
import type { Rumor, SignedEvent } from '../nostr/event.ts';
import { eventId, isRumorShape, isSignedEventShape, verifySignature } from '../nostr/event.ts';
import { EPHEMERAL_WRAP_KIND, SEAL_KIND, WRAP_KIND } from '../nostr/kinds.ts';
import type { Role } from '../vocabulary.ts';
import type { Message } from './message.ts';
import { WIRE_VERSION } from './message.ts';
import { altOf, kindOf, type MessageRow, sessionOf } from './messages/row.ts';
import { rowOf } from './table.ts';
import type { Tags } from './tags.ts';
import { parseTags } from './tags.ts';

const MAX_DEPTH = 32;

/** What the door asks of the home behind it. */
export type OpenContext = {
  suite: Suite;
  /** Secret key of one of my identities, by public key. */
  secretKeyOf(me: string): Uint8Array | undefined;
  /** The conversation key of two, from a bounded cache. */
  conversationKey(me: string, peer: string): Uint8Array;
  /** Role pinned for this signer as seen by this identity of mine; undefined for a stranger. */
  roleOf(signer: string, me: string): Role | undefined;
  /** Signed for the Host once, and does so no more. */
  isRetired(signer: string): boolean;
  /** As whom I am known that has this key of mine. */
  named(me: string): string;
  /** Takes one from the budget for strangers (5 a second); false when it is spent. */
  admitStranger(author: string | undefined): boolean;
  graph: string;
  /** Unix seconds, for expirations. */
  now: number;
  random: RandomBytes;
};

/** What is known so far; each layer fills its part. `proven` is the signer once the seal's signature held. */
export type OpenState = {
  text: string;
  proven: string | null;
  wrap?: SignedEvent | undefined;
  me?: string | undefined;
  ephemeral?: boolean | undefined;
  /** The wrap's id and signature held. */
  isGenuine?: boolean;
  sealText?: string | undefined;
  seal?: SignedEvent | undefined;
  stranger?: boolean | undefined;
  rumorText?: string | undefined;
  rumor?: Rumor | undefined;
  event?: SignedEvent | undefined;
  tags?: Tags | undefined;
  role?: Role | undefined;
  row?: MessageRow | undefined;
  body?: unknown | undefined;
  message?: Message | undefined;
  /** What the last strict reading gave, so that the layer below need not read the same text again. */
  strict?: { text: string; value: unknown } | undefined;
  exactTags?: boolean | undefined;
};
export type Check = { name: string; reason: string; test(s: OpenState, door: OpenContext): boolean };
export type Layer = { layer: string; into(s: OpenState, door: OpenContext): void };
export type DoorStep = Check | Layer;

const check = (name: string, test: Check['test'], reason = name): Check => ({ name, reason, test });
const layer = (name: string, into: Layer['into']): Layer => ({ layer: name, into });

const isStrictJson = (s: OpenState, text: string): boolean => {
  try {
    s.strict = { text, value: parseStrict(text, { maxDepth: MAX_DEPTH }) };
    return true;
  } catch {
    return false;
  }
};
const parse = <T>(s: OpenState, text: string): T =>
  (s.strict?.text === text ? s.strict.value : JSON.parse(text)) as T;
const isOwnId = (suite: Suite, event: Rumor): boolean => eventId(suite, event) === event.id;
const isShape = (value: unknown): boolean => isSignedEventShape(value);
const onlyP = (tags: string[][], me: string): boolean =>
  tags.length === 1 && tags[0]?.length === 2 && tags[0][0] === 'p' && tags[0][1] === me;
const wrapKeys = ['id', 'pubkey', 'created_at', 'kind', 'tags', 'content', 'sig'];

/** Relays may decorate an event: fields that no signature covers are ignored, never read. */
const bare = (wrap: Record<string, unknown>) => Object.fromEntries(wrapKeys.map((key) => [key, wrap[key]]));
/** Before the first federation there was nothing to sign; a clock may be wrong by days, and what it signed is taken when it fits. */
const EARLIEST = Date.UTC(2020) / 1000;
const MAX_AHEAD_SECONDS = 7 * 86_400;
const isCredible = (createdAt: number, now: number): boolean =>
  createdAt >= EARLIEST && createdAt <= now + MAX_AHEAD_SECONDS;
const recipients = (wrap: SignedEvent) =>
  wrap.tags.filter((tag) => tag[0] === 'p').map((tag) => tag[1] ?? '');
const expiresAt = (wrap: SignedEvent) =>
  Number(wrap.tags.find((tag) => tag[0] === 'expiration')?.[1] ?? Infinity);

const WRAP_STEPS: readonly DoorStep[] = [
  check('wrap_size', (s) => s.text.length <= MAX_WRAP_BYTES && utf8Length(s.text) <= MAX_WRAP_BYTES),
  check('wrap_json', (s) => isStrictJson(s, s.text)),
  layer('wrap', (s) => {
    s.wrap = bare(parse(s, s.text)) as SignedEvent;
  }),
  check('wrap_shape', (s) => isShape(s.wrap)),
  check('wrap_kind', (s) => s.wrap?.kind === WRAP_KIND || s.wrap?.kind === EPHEMERAL_WRAP_KIND),
  layer('recipient', (s, door) => {
    s.me = recipients(s.wrap!).find((key) => door.secretKeyOf(key));
    s.ephemeral = s.wrap!.kind === EPHEMERAL_WRAP_KIND;
  }),
  check('wrap_recipient', (s) => s.me !== undefined && recipients(s.wrap!).length === 1),
  check('wrap_expired', (s, door) => !(expiresAt(s.wrap!) <= door.now)),
  check('wrap_id', (s, door) => isOwnId(door.suite, s.wrap!)),
  check('wrap_signature', (s, door) => {
    s.isGenuine = verifySignature(door.suite, s.wrap!);
    return s.isGenuine;
  }),
  layer('seal text', (s, door) => {
    s.sealText = decryptWrap(door.suite, s.wrap!, door.secretKeyOf(s.me!)!, door.random(32));
  }),
];

/** From the seal on: also the way back in for a message that was held. */
export const SEAL_STEPS: readonly DoorStep[] = [
  check('seal_json', (s) => isStrictJson(s, s.sealText!)),
  layer('seal', (s) => {
    s.seal = parse(s, s.sealText!);
  }),
  check('seal_shape', (s) => isShape(s.seal)),
  layer('signer', (s, door) => {
    s.role = door.roleOf(s.seal!.pubkey, s.me!);
    s.stranger = s.role === undefined;
  }),
  check('seal_stranger', (s, door) => !s.stranger || door.admitStranger(s.wrap?.pubkey), 'unknown_signer'),
  check('seal_kind', (s) => s.seal!.kind === SEAL_KIND),
  check('seal_tags', (s) => s.seal!.tags.length === 0),
  check('seal_id', (s, door) => isOwnId(door.suite, s.seal!)),
  check('seal_signature', (s, door) => verifySignature(door.suite, s.seal!)),
  check('retired_key', (s, door) => !door.isRetired(s.seal!.pubkey)),
  layer('rumor text', (s, door) => {
    s.proven = s.stranger ? null : s.seal!.pubkey;
    s.rumorText = decryptSeal(door.suite, s.seal!, door.secretKeyOf(s.me!)!, {
      conversationKey: door.conversationKey(s.me!, s.seal!.pubkey),
    });
  }),
  check('rumor_json', (s) => isStrictJson(s, s.rumorText!)),
  layer('rumor', (s) => {
    s.rumor = parse(s, s.rumorText!);
  }),
  check('rumor_shape', (s) => isRumorShape(s.rumor)),
  check('rumor_id', (s, door) => isOwnId(door.suite, s.rumor!)),
  check('rumor_author', (s) => s.rumor!.pubkey === s.seal!.pubkey),
  check('rumor_recipient', (s) => onlyP(s.rumor!.tags, s.me!)),
  check('event_json', (s) => isStrictJson(s, s.rumor!.content)),
  layer('event', (s) => {
    s.event = parse(s, s.rumor!.content);
  }),
  check('event_shape', (s) => isShape(s.event)),
  check('event_id', (s, door) => isOwnId(door.suite, s.event!)),
  check('event_signature', (s, door) => verifySignature(door.suite, s.event!)),
  check('event_author', (s) => s.event!.pubkey === s.seal!.pubkey),
  check('event_time', (s) => s.event!.created_at === s.rumor!.created_at),
  check('time_out_of_window', (s, { now }) => isCredible(s.event!.created_at, now)),
  check('event_kind', (s) => s.event!.kind === s.rumor!.kind),
  layer('tags', (s) => {
    const { tags, exact } = parseTags(s.event!.tags);
    s.tags = tags;
    s.exactTags = exact;
  }),
  check('event_tags', (s) => s.exactTags === true),
  check('event_recipient', (s) => s.tags!.p === s.me),
  check('wrong_graph', (s, door) => s.tags!.graph === door.graph),
  check('unsupported_version', (s) => s.tags!.v === WIRE_VERSION),
  layer('row', (s) => {
    s.row = rowOf(s.tags!.type) ?? UNKNOWN;
    s.role ??= s.row.signers[0];
  }),
  check('unknown_type', (s) => s.row !== UNKNOWN),
  check('stranger_type', (s) => !s.stranger || s.row!.admission, 'unknown_signer'),
  check('kind_of_role', (s) => s.event!.kind === kindOf(s.row!, s.role!)),
  check('ephemeral', (s) => s.row!.ephemeral === s.ephemeral),
  check('seq', (s) => s.row!.ephemeral === (s.tags!.seq === null)),
  check('body_json', (s) => isStrictJson(s, s.event!.content)),
  layer('body', (s) => {
    s.body = parse(s, s.event!.content);
  }),
  check('body_schema', (s) => readShape(s.row!.body, s.body).success),
  check('event_session', (s) => (s.tags!.session ?? undefined) === sessionOf(s.body)),
  check('alt', (s) => s.tags!.alt === altOf(s.row!, s.role!, s.body), 'wrong_alt'),
  layer('message', (s, door) => {
    s.message = freeze(messageOf(s, door));
  }),
];

export const OPEN_STEPS: readonly DoorStep[] = [...WRAP_STEPS, ...SEAL_STEPS];
export const OPEN_CHECKS: readonly Check[] = OPEN_STEPS.filter((step) => 'test' in step);

/** Stands in for a type that nobody declared, so that the check, not the lookup, decides. */
const UNKNOWN: MessageRow = {
  signers: ['user'],
  to: [],
  sends: null,
  answers: null,
  follows: null,
  ephemeral: false,
  admission: true,
  isLast: false,
  consent: null,
  body: z.unknown(),
  doc: '',
};

const messageOf = (s: OpenState, door: OpenContext): Message => {
  const tags = s.tags!;
  return {
    id: s.event!.id,
    type: tags.type,
    role: s.role!,
    from: s.role === 'host' ? founderOf(tags.graph) : s.event!.pubkey,
    to: door.named(s.me!),
    graph: tags.graph,
    dedup: tags.dedup,
    seq: tags.seq,
    epoch: tags.epoch,
    rev: tags.rev,
    re: tags.e,
    session: tags.session,
    conversation: tags.conversation,
    expiration: tags.expiration,
    createdAt: s.event!.created_at,
    ephemeral: s.ephemeral!,
    body: s.body,
    event: s.event!,
    seal: s.seal!,
  };
};

const freeze = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
};
