/** A small federation in memory: keys of every role, genuine messages, and the same messages tampered with at any layer. */
import { conversationKey, encrypt } from '../../src/core/crypto/nip44.ts';
import type { Suite } from '../../src/core/crypto/suite.ts';
import { fromHex, toHex, utf8 } from '../../src/core/encoding/bytes.ts';
import type { SignedEvent, UnsignedEvent } from '../../src/core/nostr/event.ts';
import { eventId } from '../../src/core/nostr/event.ts';
import type { Draft } from '../../src/core/protocol/compose.ts';
import { composeMessage } from '../../src/core/protocol/compose.ts';
import type { Epoch } from '../../src/core/protocol/message.ts';
import type { OpenContext } from '../../src/core/protocol/open-checks.ts';
import type { BodyOf, MessageType } from '../../src/core/protocol/table.ts';
import { rowOf } from '../../src/core/protocol/table.ts';
import type { Role } from '../../src/core/vocabulary.ts';
import { idealSuite, keyOfPoint } from './ideal-suite.ts';

export type Actor = { name: string; role: Role; secretKey: Uint8Array; pubkey: string };
export const NOW = 1_795_000_000;
export const EPOCH: Epoch = { n: 3, boot: 'b0'.repeat(16) };
export const STREAM = '5e'.repeat(16);
const ROLES = {
  host: 'host',
  runner: 'runner',
  runner2: 'runner',
  user: 'user',
  bob: 'user',
  node: 'node',
  peer: 'node',
  stranger: 'user',
} as const satisfies Record<string, Role>;
export type Name = keyof typeof ROLES;

/** What a draft leaves to the world: sender and recipient by name. What it answers may be wrong, or left out. */
export type Said<T extends MessageType = MessageType> = {
  type: T;
  from: Name;
  to: Name;
  body: BodyOf<T>;
  dedup?: string;
  re?: string;
  conversation?: string;
  expiration?: number;
  n?: number;
  at?: number;
  epoch?: Epoch;
  rev?: number;
};

/** Gets the signed object, and its signer's signature over any id. */
type After = (event: SignedEvent, signatureOf: (id: string) => string) => object;

/** Changes at one layer; all layers around it stay genuine. Texts and signed objects are changed after signing. */
export type Tamper = {
  /** The event before its author signs it; the signature then is genuine. */
  event?: (event: UnsignedEvent) => UnsignedEvent;
  signed?: After;
  eventText?: (text: string) => string;
  rumor?: (rumor: UnsignedEvent) => UnsignedEvent;
  rumored?: (rumor: UnsignedEvent & { id: string }) => object;
  rumorText?: (text: string) => string;
  /** Who seals; the author of the event when left out. */
  sealer?: Name;
  seal?: (seal: UnsignedEvent) => UnsignedEvent;
  sealed?: After;
  sealText?: (text: string) => string;
  sealPayload?: (payload: string) => string;
  /** For whom both encryptions are made; the recipient of the message when left out. */
  reader?: Name;
  wrap?: (wrap: UnsignedEvent) => UnsignedEvent;
  wrapped?: After;
  wrapText?: (text: string) => string;
  payload?: (payload: string) => string;
};

/** Bytes that follow from a seed alone. */
export const seededBytes = (suite: Pick<Suite, 'sha256'>, seed: string): ((n: number) => Uint8Array) => {
  let counter = 0;
  return (n) => {
    const out = new Uint8Array(n);
    for (let at = 0; at < n; at += 32)
      out.set(suite.sha256(utf8(`${seed}/${counter++}`)).subarray(0, Math.min(32, n - at)), at);
    return out;
  };
};

const same = <T>(value: T): T => value;

export type World = ReturnType<typeof createWorld>;
/** Tests of the cryptography itself say which suite; all others pay a hash for each operation. */
export const createWorld = (suite: Suite = idealSuite, seed = 'world') => {
  const random = seededBytes(suite, seed);
  const actors = Object.fromEntries(
    Object.entries(ROLES).map(([name, role]) => {
      const secretKey = keyOfPoint(suite, seededBytes(suite, `key of ${name}`));
      return [name, { name, role, secretKey, pubkey: toHex(suite.publicKey(secretKey)) }];
    }),
  ) as Record<Name, Actor>;
  const graph = `${actors.host.pubkey}/acme`;
  const byKey = new Map(Object.values(actors).map((actor) => [actor.pubkey, actor]));

  /** Signs whatever it is given, also what `signEvent` would refuse. */
  const sign = (event: UnsignedEvent, secretKey: Uint8Array): SignedEvent => {
    const id = eventId(suite, event);
    return { id, ...event, sig: signature(id, secretKey) };
  };
  const signature = (id: string, secretKey: Uint8Array): string =>
    toHex(suite.sign(fromHex(id), secretKey, random(32)));
  const keyOf = (mine: Uint8Array, theirs: string): Uint8Array =>
    conversationKey(suite, mine, fromHex(theirs), random(32));

  const door = (me: Name, changes: Partial<OpenContext> = {}): OpenContext => ({
    suite,
    secretKeyOf: (key) => (key === actors[me].pubkey ? actors[me].secretKey : undefined),
    conversationKey: (_me, peer) => keyOf(actors[me].secretKey, peer),
    roleOf: (key) => (key === actors.stranger.pubkey ? undefined : byKey.get(key)?.role),
    isRetired: () => false,
    named: (key) => key,
    admitStranger: () => true,
    graph,
    now: NOW,
    random,
    ...changes,
  });

  const compose = <T extends MessageType>(said: Said<T>): SignedEvent => {
    const { from, to, n, at, epoch, rev, dedup, ...draft } = said;
    return composeMessage(
      suite,
      {
        ...draft,
        from: actors[from].pubkey,
        to: actors[to].pubkey,
        dedup: dedup ?? `${said.type}:${toHex(random(8))}`,
      } as Draft,
      {
        role: actors[from].role,
        secretKey: actors[from].secretKey,
        graph,
        seq: rowOf(said.type)!.ephemeral ? null : { stream: STREAM, n: n ?? 1 },
        epoch: epoch ?? EPOCH,
        rev: rev ?? null,
        createdAt: at ?? NOW,
        random,
      },
    );
  };

  /** Text of the gift wrap around what was said, with the tampering asked for and everything else genuine. */
  const deliver = <T extends MessageType>(said: Said<T>, tamper: Tamper = {}): string => {
    const author = actors[said.from];
    const reader = actors[tamper.reader ?? said.to];
    const sealer = tamper.sealer ? actors[tamper.sealer] : author;
    const { id: _id, sig: _sig, ...plain } = compose(said);
    const unsigned = (tamper.event ?? same)({ ...plain, tags: plain.tags.map((tag) => [...tag]) });
    const event = (tamper.signed ?? same)(sign(unsigned, author.secretKey), (id) =>
      signature(id, author.secretKey),
    );
    const rumor = (tamper.rumor ?? same)({
      pubkey: sealer.pubkey,
      created_at: unsigned.created_at,
      kind: unsigned.kind,
      tags: [['p', reader.pubkey]],
      content: (tamper.eventText ?? same)(JSON.stringify(event)),
    });
    const whole = (tamper.rumored ?? same)({ id: eventId(suite, rumor), ...rumor });
    const rumorText = (tamper.rumorText ?? same)(JSON.stringify(whole));
    const sealKey = keyOf(sealer.secretKey, reader.pubkey);
    const sealContent = (tamper.sealPayload ?? same)(encrypt(suite, sealKey, rumorText, random(32)));
    const seal = (tamper.seal ?? same)(template(sealer, 13, [], sealContent));
    const sealed = (tamper.sealed ?? same)(sign(seal, sealer.secretKey), (id) =>
      signature(id, sealer.secretKey),
    );
    const sealText = (tamper.sealText ?? same)(JSON.stringify(sealed));
    const once = random(32);
    const content = (tamper.payload ?? same)(
      encrypt(suite, keyOf(once, reader.pubkey), sealText, random(32)),
    );
    const kind = rowOf(said.type)!.ephemeral ? 21059 : 1059;
    const wrapKey = { secretKey: once, pubkey: toHex(suite.publicKey(once)) };
    const wrap = (tamper.wrap ?? same)(template(wrapKey, kind, [['p', reader.pubkey]], content));
    const wrapped = (tamper.wrapped ?? same)(sign(wrap, once), (id) => signature(id, once));
    return (tamper.wrapText ?? same)(JSON.stringify(wrapped));
  };

  const template = (
    author: Pick<Actor, 'pubkey'>,
    kind: number,
    tags: string[][],
    content: string,
  ): UnsignedEvent => ({ pubkey: author.pubkey, created_at: NOW - 1000, kind, tags, content });

  return { suite, random, graph, actors, byKey, sign, signature, door, compose, deliver };
};

/** A fresh id that sorts like a UUIDv7 and says which it is. */
export const uuidOf = (n: number): string => `01930000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
