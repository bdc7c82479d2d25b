/** One connection to one relay, from the handshake to its end: nothing of it outlives it. */
import type { Agent } from 'node:https';
import { WebSocket } from 'ws';
import { MAX_FRAME_BYTES } from '../../core/bounds.ts';
import { shownTime } from '../../core/encoding/time.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { DELETION_KIND } from '../../core/nostr/mailbox.ts';
import type { Clock, PublishOutcome, Random, RelayIdentity } from '../../ports/index.ts';
import { Authentication, type Refusals } from './auth.ts';
import { clockTrouble } from './clock-trouble.ts';
import { asksForAuth, type Frame, readFrame } from './frames.ts';
import { Proof } from './proof.ts';
import { Publications } from './publish.ts';
import { RelayReader } from './reader.ts';
import type { Trouble } from './trouble.ts';

const HANDSHAKE_MS = 10_000;
const PULSE_MS = 1_000;
const PING_AFTER_MS = 25_000;
const SILENCE_MS = 60_000;
const MAX_CHALLENGES = 5;
const MAX_BAD_FRAMES = 100;
/** So many ids make an event that every relay takes. */
const IDS_AT_ONCE = 400;
/** Until a relay that holds more of one second than it gives is read again: what was read may be deleted by then. */
const CROWD_MS = 300_000;

export type VisitPort = {
  clock: Clock;
  random: Random;
  agent: () => Agent;
  trouble: Trouble;
  identities: () => readonly RelayIdentity[];
  since: (keys: readonly string[]) => number;
  onWrap: (text: string) => void | Promise<void>;
  /** Wraps that are being taken at a time. */
  atOnce: number;
  onOpen: () => void;
  /** A part of a stored answer was taken: an event, or its end. */
  onGiven: (isEvent: boolean) => void;
  /**
   * Everything stored for these keys was read, and they can read; the live subscription began at that Unix second.
   * `isAll`: nothing is left for any other key.
   */
  onSynced: (keys: readonly string[], startedAt: number, isAll: boolean) => void;
  /** What a key wrote to itself does not come back, or not all of a second does. */
  onWithheld: () => void;
  /** The relay refused some of the keys. */
  onRefused: (refusals: Refusals) => void;
};
/** Why it ended; `penalize`: the relay misbehaved and is left alone for the longest time. */
export type VisitEnd = { reason: string; penalize: boolean };

export class RelayConnection {
  readonly ended: Promise<VisitEnd>;
  readonly #port: VisitPort;
  readonly #socket: WebSocket;
  readonly #authentication: Authentication;
  readonly #publications: Publications;
  readonly #reader: RelayReader;
  readonly #proof: Proof;
  readonly #over = new AbortController();
  /** Until the next subscription. */
  #reading = new AbortController();
  #settle: (end: VisitEnd) => void = () => {};
  #frames: string[] = [];
  #isDraining = false;
  #challenges = 0;
  #bad = 0;
  #heardAt: number;

  constructor(url: string, port: VisitPort) {
    this.#port = port;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const send = (frame: unknown[]) => this.#send(frame);
    this.#authentication = new Authentication(url, port.clock, send);
    this.#publications = new Publications(port.clock, send);
    this.#reader = new RelayReader(port.clock, {
      send,
      since: port.since,
      fail: (reason) => this.end(reason, true),
      given: port.onGiven,
      // What a relay shows before it knows us may not be all: reading begins again after authenticating.
      synced: (keys, startedAt, crowded) => {
        if (this.#authentication.isRunning) return;
        if (crowded !== undefined) void this.#readAgain(crowded);
        if (crowded === undefined || keys.length > 0)
          void this.#prove(keys, startedAt, crowded === undefined);
      },
    });
    this.#proof = new Proof({
      ...port,
      over: this.#over.signal,
      publish: (event) => this.#publications.publish(event),
      withheld: () => port.onWithheld(),
      recovered: () => {
        this.#reader.forget();
        this.#subscribe();
      },
    });
    this.#heardAt = port.clock.monotonic();
    this.#socket = new WebSocket(url, {
      maxPayload: MAX_FRAME_BYTES,
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE_MS,
      followRedirects: false,
      maxFragments: 64,
      ...(url.startsWith('wss:') ? { agent: port.agent() } : {}),
    });
    this.#listen();
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN && !this.#over.signal.aborted;
  }

  publish(event: SignedEvent): Promise<Omit<PublishOutcome, 'url'>> {
    return this.#publications.publish(event);
  }

  /** Asks a relay that deletes for recipients to; says nothing to others. */
  async discard(pubkey: string, ids: readonly string[]): Promise<void> {
    const identity = this.#port.identities().find((one) => one.pubkey === pubkey);
    if (identity === undefined || !this.isOpen || !this.#authentication.isMailbox) return;
    const created_at = Math.floor(this.#port.clock.now() / 1000);
    for (let i = 0; i < ids.length; i += IDS_AT_ONCE) {
      const tags = ids.slice(i, i + IDS_AT_ONCE).map((id) => ['e', id]);
      await this.#publications.publish(identity.sign({ kind: DELETION_KIND, created_at, tags, content: '' }));
    }
  }

  /** The identities changed: the new ones authenticate, and all are read. */
  refresh(): void {
    if (!this.isOpen) return;
    if (this.#authentication.isOpenFor(this.#port.identities())) void this.#authenticate();
    else this.#subscribe();
  }

  end(reason: string, penalize = false): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#frames = [];
    this.#publications.end();
    this.#socket.terminate();
    this.#settle({ reason, penalize });
  }

  #listen(): void {
    this.#socket.on('upgrade', ({ headers }) => {
      this.#port.trouble.set('clock', clockTrouble(headers.date, this.#port.clock.now()));
    });
    this.#socket.on('open', () => {
      this.#heardAt = this.#port.clock.monotonic();
      this.#port.onOpen();
      this.#subscribe();
      void this.#pulse();
    });
    this.#socket.on('message', (data, isBinary) => {
      this.#heardAt = this.#port.clock.monotonic();
      if (this.#over.signal.aborted) return;
      this.#frames.push(isBinary ? '' : data.toString());
      if (!this.#isDraining) void this.#drain();
    });
    this.#socket.on('pong', () => {
      this.#heardAt = this.#port.clock.monotonic();
    });
    this.#socket.on('error', (error) => this.end(endWords(error)));
    this.#socket.on('close', (code) => this.end(`closed (${code})`));
  }

  /**
   * One frame after another; while wraps are being taken the socket is not read. Those that came together are taken
   * together, in bounds; what is no event waits for them, since it says what was given before it.
   */
  async #drain(): Promise<void> {
    this.#isDraining = true;
    const taking: Promise<void>[] = [];
    // The frames of one read come in one breath
    await Promise.resolve();
    try {
      for (let text = this.#frames.shift(); text !== undefined; text = this.#frames.shift()) {
        const frame = readFrame(text);
        if (frame?.name !== 'EVENT') await this.#taken(taking);
        const pending = this.#handle(frame);
        if (pending === undefined) continue;
        this.#socket.pause();
        taking.push(pending);
        if (this.#frames.length === 0 || taking.length >= this.#port.atOnce) await this.#taken(taking);
      }
      // Where it ended in between there are no more frames, and some of them are being taken
      await this.#taken(taking);
    } catch {
      // Not taken, so it must come again: a new connection pages back to it.
      this.end('a wrap could not be taken');
    }
    this.#isDraining = false;
    if (this.#socket.isPaused) this.#socket.resume();
  }

  async #taken(taking: Promise<void>[]): Promise<void> {
    if (taking.length === 0) return;
    await Promise.all(taking.splice(0));
    this.#heardAt = this.#port.clock.monotonic();
  }

  #handle(frame: Frame | undefined): Promise<void> | undefined {
    if (frame === undefined) return this.#drop();
    if (frame.name === 'EVENT') {
      if (!this.#reader.has(frame.subscription)) {
        // Still under way when we closed that subscription: it came, or comes, by the live one too.
        return this.#reader.had(frame.subscription) ? undefined : this.#drop();
      }
      if (this.#proof.takes(frame, this.#port.identities())) return this.#reader.onEvent(frame, () => {});
      // Some relays give, as it comes, whatever has the kind that was asked for.
      const isMine = this.#port.identities().some(({ pubkey }) => frame.recipients.includes(pubkey));
      return this.#reader.onEvent(frame, () => (isMine ? this.#port.onWrap(frame.text) : undefined));
    }
    if (frame.name === 'EOSE') this.#reader.onEose(frame.subscription);
    else if (frame.name === 'OK') this.#onOk(frame);
    else if (frame.name === 'AUTH') this.#onChallenge(frame.challenge);
    else if (frame.name === 'NOTICE') this.#onNotice(frame.words);
    else this.#onClosed(frame.subscription, frame.words);
    return undefined;
  }

  /** Rubbish costs the relay nothing once a second, and its connection when there is more. */
  #drop(): undefined {
    if (++this.#bad > MAX_BAD_FRAMES) this.end('too many bad frames', true);
  }

  #onOk({ id, accepted, words }: Frame & { name: 'OK' }): void {
    if (this.#authentication.onOk(id, accepted, words)) return;
    const wantsAuth = !accepted && asksForAuth(words);
    this.#publications.onOk(id, accepted, words, wantsAuth && this.#canAuthenticate());
    if (wantsAuth) this.#answerAuthRequired();
  }

  #onChallenge(challenge: string): void {
    if (!this.#authentication.challenge(challenge)) return;
    if (++this.#challenges > MAX_CHALLENGES) {
      this.end('too many challenges', true);
      return;
    }
    this.#reader.forget();
    this.#proof.forget();
    void this.#authenticate();
  }

  #onNotice(words: string): void {
    if (asksForAuth(words)) this.#answerAuthRequired();
    else this.#port.trouble.set('notice', `says: ${words}`);
  }

  #onClosed(subscription: string, words: string): void {
    if (!this.#reader.onClosed(subscription)) return;
    if (!asksForAuth(words)) this.end(`subscription closed: ${words}`);
    else if (this.#canAuthenticate()) this.#answerAuthRequired();
    else this.end(`authentication is required, and was not enough: ${words}`);
  }

  /** True while authenticating may still help: it runs, it can be done, or the challenge has not come yet. */
  #canAuthenticate(): boolean {
    const { isRunning, hasChallenge } = this.#authentication;
    return isRunning || !hasChallenge || this.#authentication.isOpenFor(this.#port.identities());
  }
  #answerAuthRequired(): void {
    if (this.#authentication.isOpenFor(this.#port.identities())) void this.#authenticate();
  }

  async #authenticate(): Promise<void> {
    if (this.#authentication.isRunning) return;
    try {
      await this.#authentication.run(this.#port.identities, this.#over.signal);
    } catch {
      return this.end('an identity could not sign the authentication');
    }
    if (!this.isOpen) return;
    const refusals = () => this.#authentication.refusals(this.#port.identities());
    if (refusals().refused.length > 0) this.#port.onRefused(refusals());
    // Those that are still here have no other connection to go to.
    const [left] = refusals().refused;
    this.#port.trouble.set('auth', left === undefined ? null : `refuses a key: ${left.words}`);
    if (!this.isOpen) return;
    this.#subscribe();
    this.#publications.resend();
  }

  /** Without a proof for each key nothing was read: no answer is not the answer that nothing is there. */
  async #prove(keys: readonly string[], startedAt: number, isWhole: boolean): Promise<void> {
    const mine = this.#port.identities().filter(({ pubkey }) => keys.includes(pubkey));
    try {
      if (!(await this.#proof.ofAll(mine))) return;
      // One that came meanwhile is read by the subscription after this one.
      const isAll = isWhole && this.#areAll(keys);
      if (isAll) this.#port.trouble.set('crowd', null);
      this.#port.onSynced(keys, startedAt, isAll);
      if (mine[0] !== undefined) await this.#proof.ofPassing(mine[0]);
    } catch {
      this.end('an identity could not sign what proves that it can read');
    }
  }

  #areAll(keys: readonly string[]): boolean {
    const identities = this.#port.identities();
    return (
      !this.#authentication.isOpenFor(identities) &&
      this.#authentication.readers(identities).every((key) => keys.includes(key))
    );
  }

  /** What is left of that second comes when what was given is gone; until then nobody says that all was read. */
  async #readAgain(second: number): Promise<void> {
    const { trouble, onWithheld, clock } = this.#port;
    trouble.set('crowd', `holds more of ${shownTime(second)} than it gives at once: some may be missing`);
    onWithheld();
    const { signal } = this.#reading;
    await clock.sleep(CROWD_MS, AbortSignal.any([signal, this.#over.signal]));
    if (!signal.aborted && this.isOpen) this.#subscribe();
  }

  #subscribe(): void {
    this.#reading.abort();
    this.#reading = new AbortController();
    this.#reader.subscribe(this.#authentication.readers(this.#port.identities()));
  }

  async #pulse(): Promise<void> {
    const { clock } = this.#port;
    const { signal } = this.#over;
    for (await clock.sleep(PULSE_MS, signal); !signal.aborted; await clock.sleep(PULSE_MS, signal)) {
      this.#bad = Math.max(0, this.#bad - 1);
      if (this.#isDraining) continue;
      const silence = clock.monotonic() - this.#heardAt;
      if (this.#reader.isLate()) this.end('no end of stored events', true);
      else if (silence > SILENCE_MS) this.end('silent');
      else if (silence > PING_AFTER_MS) this.#socket.ping();
    }
  }

  #send(frame: unknown[]): void {
    if (this.isOpen) this.#socket.send(JSON.stringify(frame));
  }
}

/** OpenSSL's codes for a certificate that no known authority signed. */
const UNKNOWN_AUTHORITY =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:GET_ISSUER_CERT(?:_LOCALLY)?|VERIFY_LEAF_SIGNATURE))$/;

const endWords = (error: Error & { code?: string }): string =>
  UNKNOWN_AUTHORITY.test(error.code ?? '')
    ? `${error.message}; an authority of your own is named by NODE_EXTRA_CA_CERTS=FILE`
    : error.message;
