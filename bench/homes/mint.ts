/** A task like one that was recorded: the same messages with other ids, numbers and times, signed and sealed by the same keys. */
import { createHash } from 'node:crypto';
import { suiteWasm } from '../../src/adapters/crypto/suite-wasm.ts';
import { logSign } from '../../src/core/crypto/ed25519.ts';
import { conversationKey } from '../../src/core/crypto/nip44.ts';
import { fromBase64, fromHex, fromUtf8, toBase64, utf8 } from '../../src/core/encoding/bytes.ts';
import { digestOf } from '../../src/core/encoding/canonical.ts';
import { type Logged, preAuthEncoding } from '../../src/core/evidence/dsse.ts';
import type { Entry, Line } from '../../src/core/ledger/line.ts';
import { composeRumor, sealRumor } from '../../src/core/nostr/envelope.ts';
import { type SignedEvent, signEvent } from '../../src/core/nostr/event.ts';
import type { Kind, Template } from './record.ts';

export type Owner = 'host' | 'alice';
export type Minted = { at: number; entry: Entry };
/** The last number that each signer gave to each recipient in a stream. */
export type Numbers = Map<string, number>;

/** An id, a digest, the name of a stream or a commit. */
const TOKEN =
  /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b/g;
const SECOND = 1_000;

const hash = (...parts: (string | number)[]): string =>
  createHash('sha256').update(parts.join(' ')).digest('hex');
const numberKey = (signer: string, recipient: string, stream: string): string =>
  `${signer} ${recipient} ${stream}`;
const tagOf = (event: SignedEvent, name: string): string[] | undefined =>
  event.tags.find(([one]) => one === name);
const allLines = (lines: Template['base']): Line[] => Object.values(lines).flat();
const tokensOf = (lines: readonly Line[]): Set<string> =>
  new Set(lines.flatMap(({ event }) => JSON.stringify([event.tags, event.content]).match(TOKEN) ?? []));

/** What one kind of task is like. */
class Recorded {
  readonly lines: Template['base'];
  readonly events: ReadonlyMap<string, SignedEvent>;
  /** The first second of it. */
  readonly begins: number;
  /** Numbers before it, and how many of each it takes. */
  readonly before: Numbers = new Map();
  readonly taken: Numbers = new Map();
  /** The digest that was approved, and what it is of. */
  readonly approved: { digest: string; subject: unknown } | null = null;
  /** Texts that came in a message of their own, by their digests. */
  readonly blobs = new Map<string, string>();

  constructor(lines: Template['base']) {
    this.lines = lines;
    const events = allLines(lines).map(({ event }) => event);
    this.events = new Map(events.map((event) => [event.id, event]));
    for (const { content } of this.events.values()) {
      const { sha256, data } = JSON.parse(content);
      if (data !== undefined) this.blobs.set(sha256, Buffer.from(data, 'base64').toString());
    }
    this.begins = Math.min(...events.map((event) => event.created_at));
    for (const event of this.events.values()) {
      const [, stream, n] = tagOf(event, 'seq') ?? [];
      if (stream === undefined) continue;
      const key = numberKey(event.pubkey, tagOf(event, 'p')![1]!, stream);
      this.before.set(key, Math.min(this.before.get(key) ?? Number.POSITIVE_INFINITY, Number(n) - 1));
    }
    for (const event of this.events.values()) {
      const [, stream, n] = tagOf(event, 'seq') ?? [];
      if (stream === undefined) continue;
      const key = numberKey(event.pubkey, tagOf(event, 'p')![1]!, stream);
      const count = Number(n) - this.before.get(key)!;
      this.taken.set(key, Math.max(this.taken.get(key) ?? 0, count));
      const body = JSON.parse(event.content);
      if (body.subject && body.subjectDigest)
        this.approved = { digest: body.subjectDigest, subject: body.subject };
    }
  }
}

export class Mint {
  readonly #kinds: Record<Kind, Recorded>;
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #pairs = new Map<string, Uint8Array>();
  /** What is the same in all tasks. */
  readonly #constant: ReadonlySet<string>;

  /** `keys`: secret keys, by the public ones; of logs too. */
  constructor(template: Template, keys: ReadonlyMap<string, Uint8Array>) {
    this.#keys = keys;
    this.#kinds = Object.fromEntries(
      Object.entries(template.kinds).map(([kind, lines]) => [kind, new Recorded(lines)]),
    ) as Record<Kind, Recorded>;
    const counts = new Map<string, number>();
    for (const token of tokensOf(allLines(template.base))) counts.set(token, 2);
    for (const { lines } of Object.values(this.#kinds))
      for (const token of tokensOf(allLines(lines))) counts.set(token, (counts.get(token) ?? 0) + 1);
    this.#constant = new Set([...counts].filter(([, count]) => count > 1).map(([token]) => token));
  }

  linesOf(kind: Kind, owner: Owner): number {
    return this.#kinds[kind].lines[owner].length;
  }

  /** Counts on as if such a task had been done. */
  pass(kind: Kind, numbers: Numbers): void {
    const { before, taken } = this.#kinds[kind];
    for (const [key, count] of taken) numbers.set(key, (numbers.get(key) ?? before.get(key)!) + count);
  }

  /** Lines of the n-th task in the ledger of its owner, which begins at this second. */
  task(kind: Kind, owner: Owner, n: number, second: number, numbers: Numbers): Minted[] {
    const recorded = this.#kinds[kind];
    const minting = new Minting(recorded, this.#constant, this.#keys, { n, second, numbers });
    const later = (second - recorded.begins) * SECOND;
    const minted = recorded.lines[owner].map(({ at, dir, event }) => {
      const signed = minting.event(event);
      const to = tagOf(signed, 'p')?.[1];
      const entry = { dir, event: signed, ...(dir === 'out' && { seal: this.#seal(signed, to!) }) };
      return { at: Date.parse(at) + later, entry };
    });
    this.pass(kind, numbers);
    return minted;
  }

  #seal(event: SignedEvent, recipient: string): SignedEvent {
    const secretKey = this.#keys.get(event.pubkey)!;
    const pair = `${event.pubkey} ${recipient}`;
    const random = (what: string): Uint8Array => fromHex(hash(what, event.id));
    let key = this.#pairs.get(pair);
    if (key === undefined) {
      key = conversationKey(suiteWasm, secretKey, fromHex(recipient), random('blind'));
      this.#pairs.set(pair, key);
    }
    return sealRumor(suiteWasm, composeRumor(suiteWasm, event, recipient), {
      ...{ secretKey, pubkey: event.pubkey, recipient, conversationKey: key, createdAt: event.created_at },
      ...{ nonce: random('nonce'), aux: random('aux') },
    });
  }
}

type Place = { n: number; second: number; numbers: Numbers };

/** One task: each message of it is signed once, whichever line or other message has it. */
class Minting {
  readonly #recorded: Recorded;
  readonly #constant: ReadonlySet<string>;
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #place: Place;
  readonly #signed = new Map<string, SignedEvent>();
  readonly #tokens = new Map<string, string>();

  constructor(
    recorded: Recorded,
    constant: ReadonlySet<string>,
    keys: ReadonlyMap<string, Uint8Array>,
    place: Place,
  ) {
    this.#recorded = recorded;
    this.#constant = constant;
    this.#keys = keys;
    this.#place = place;
    for (const [digest, text] of recorded.blobs) this.#tokens.set(digest, hash(this.#text(text)));
    if (recorded.approved === null) return;
    const subject = JSON.parse(this.#text(JSON.stringify(this.#timed(recorded.approved.subject))));
    this.#tokens.set(recorded.approved.digest, digestOf(suiteWasm, subject));
  }

  event(event: SignedEvent): SignedEvent {
    const known = this.#signed.get(event.id);
    if (known !== undefined) return known;
    const tags = event.tags.map((tag) =>
      tag[0] === 'seq' ? this.#seq(event, tag) : tag.map((one) => this.#text(one)),
    );
    const content = JSON.stringify(this.#value(JSON.parse(event.content), event.pubkey));
    const created_at = event.created_at - this.#recorded.begins + this.#place.second;
    const signed = signEvent(
      suiteWasm,
      { kind: event.kind, created_at, tags, content },
      this.#keys.get(event.pubkey)!,
      fromHex(hash('aux', event.id, this.#place.n)),
      event.pubkey,
    );
    this.#signed.set(event.id, signed);
    return signed;
  }

  #seq(event: SignedEvent, [name, stream, n]: string[]): string[] {
    const recipient = tagOf(event, 'p')![1]!;
    return [name!, stream!, String(this.#number(event.pubkey, recipient, stream!, Number(n)))];
  }

  #number(signer: string, recipient: string, stream: string, n: number): number {
    const key = numberKey(signer, recipient, stream);
    const before = this.#recorded.before.get(key);
    if (before === undefined) return n;
    return n - before + (this.#place.numbers.get(key) ?? before);
  }

  #value(value: unknown, signer: string): unknown {
    if (typeof value === 'string') return this.#text(value);
    if (Array.isArray(value)) return value.map((one) => this.#value(one, signer));
    if (typeof value !== 'object' || value === null) return value;
    const { id, sig, peer, stream } = value as Record<string, string>;
    const quoted = sig === undefined ? undefined : this.#recorded.events.get(id!);
    if (quoted !== undefined) return this.event(quoted);
    const { payload, log } = value as Record<string, string>;
    const logKey = payload === undefined ? undefined : this.#keys.get(log!);
    if (logKey !== undefined) return this.#logged(payload!, log!, logKey);
    const entries = Object.entries(this.#timed(value) as object).map(([name, one]) => {
      const isNumber = (name === 'high' || name === 'top') && peer !== undefined;
      if (name === 'data') return [name, this.#blob(value as { sha256: string })];
      return [name, isNumber ? this.#number(signer, peer, stream!, one) : this.#value(one, signer)];
    });
    return Object.fromEntries(entries);
  }

  /** What a Host states, signed by the key of its log. */
  #logged(payload: string, log: string, key: Uint8Array): Logged {
    const said = utf8(this.#text(fromUtf8(fromBase64(payload))));
    return { payload: toBase64(said), log, sig: toBase64(logSign(preAuthEncoding(said), key)) };
  }

  /** The text of which the digest stands beside it. */
  #blob({ sha256 }: { sha256: string }): string {
    return Buffer.from(this.#text(this.#recorded.blobs.get(sha256)!)).toString('base64');
  }

  /** With its end as much later as the task is, and ten years: nothing of it is over because of its age. */
  #timed(value: unknown): unknown {
    const { expiresAt } = value as { expiresAt?: number };
    if (expiresAt === undefined) return value;
    const later = this.#place.second - this.#recorded.begins + 10 * 365 * 86_400;
    return { ...(value as object), expiresAt: expiresAt + later };
  }

  #text(text: string): string {
    return text.replace(TOKEN, (token) => this.#token(token));
  }

  #token(token: string): string {
    if (this.#constant.has(token) || this.#keys.has(token)) return token;
    const quoted = this.#recorded.events.get(token);
    if (quoted !== undefined) return this.event(quoted).id;
    let made = this.#tokens.get(token);
    if (made === undefined) {
      made = token.includes('-') ? this.#uuid(token) : hash(token, this.#place.n).slice(0, token.length);
      this.#tokens.set(token, made);
    }
    return made;
  }

  /** As much later as the task is: ids are in the order of their time. */
  #uuid(uuid: string): string {
    const time = Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
    const later = (this.#place.second - this.#recorded.begins) * SECOND;
    const hex = (time + later).toString(16).padStart(12, '0');
    return `${hex.slice(0, 8)}-${hex.slice(8)}${uuid.slice(13, 24)}${hash(uuid, this.#place.n).slice(0, 12)}`;
  }
}
