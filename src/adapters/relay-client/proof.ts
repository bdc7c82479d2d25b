/**
 * Whether a relay gives an identity what is stored for it. No answer is no proof: some relays leave out, unsaid, what
 * they think is not for the reader. So each identity writes to itself, and counts as read when that came back.
 */

import type { EventTemplate, SignedEvent } from '../../core/nostr/event.ts';
import { EPHEMERAL_WRAP_KIND, WRAP_KIND } from '../../core/nostr/kinds.ts';
import type { Clock, PublishOutcome, Random, RelayIdentity } from '../../ports/index.ts';
import type { Frame } from './frames.ts';
import type { Trouble } from './trouble.ts';

/** How long own words may take to come back, and how long until they are said again. */
const BACK_MS = 10_000;
const AGAIN_MS = 60_000;
/** A relay that is asked too often is asked after twice as long each time, and after this at most. */
const LONGEST_MS = 3_600_000;
/** So often a relay may say that it is asked too often before that is what it says. */
const TRIES = 3;
/** As long as a later session may read it again, and a day. */
const KEPT_SECONDS = 4 * 86_400;
const NIP44_VERSION = 2;
/** Version, nonce, two bytes of length and 32 of text, MAC. */
const LEAST_PAYLOAD = 1 + 32 + 34 + 32;

export type ProofPort = {
  clock: Clock;
  random: Random;
  trouble: Trouble;
  identities: () => readonly RelayIdentity[];
  publish: (event: SignedEvent) => Promise<Omit<PublishOutcome, 'url'>>;
  /** Nothing came back in time. */
  withheld: () => void;
  /** It came back after all, later than we waited: what was read before counts for nothing. */
  recovered: () => void;
  over: AbortSignal;
};

export class Proof {
  readonly #port: ProofPort;
  #proven: Set<string> = new Set();
  /** Keys that wrote to themselves on this connection, also those that are gone: their words may still be under way. */
  readonly #writers = new Set<string>();
  #isWithheld = false;
  #passes = false;
  /** Who asks whether the relay passes on what it does not store, while that is being asked. */
  #asker: string | undefined;
  #round = 0;
  #changed = new AbortController();

  constructor(port: ProofPort) {
    this.#port = port;
  }

  /** A new challenge: what the relay showed to whom it knew before says nothing now. */
  forget(): void {
    this.#proven = new Set();
  }

  /** True when the event is one of these identities' word to itself, now or of an earlier session: no message. */
  takes(frame: Frame & { name: 'EVENT' }, identities: readonly RelayIdentity[]): boolean {
    const isOwn = identities.some(({ pubkey }) => pubkey === frame.author) || this.#writers.has(frame.author);
    if (!isOwn) return false;
    if (frame.kind === EPHEMERAL_WRAP_KIND) this.#passes = true;
    if (frame.kind === WRAP_KIND) this.#proven.add(frame.author);
    this.#changed.abort();
    return true;
  }

  /** Resolves with true when each of them has read its own words, with false when that is not to be waited for. */
  async ofAll(identities: readonly RelayIdentity[]): Promise<boolean> {
    const { over, trouble } = this.#port;
    const round = ++this.#round;
    const isOver = () => over.aborted || round !== this.#round;
    while (!isOver()) {
      const open = identities.filter(({ pubkey }) => !this.#proven.has(pubkey));
      if (open.length === 0) break;
      await Promise.all(open.map((identity) => this.#prove(identity)));
    }
    if (isOver()) return false;
    trouble.set('read', null);
    if (!this.#isWithheld) return true;
    this.#isWithheld = false;
    this.#port.recovered();
    return false;
  }

  /** Says whether the relay passes on what it does not store; leases and receipts travel so. One at a time. */
  async ofPassing(identity: RelayIdentity): Promise<void> {
    if (this.#passes) return;
    const isAsking = this.#asker !== undefined;
    this.#asker = identity.pubkey;
    if (isAsking) return;
    try {
      await this.#pass(identity);
    } finally {
      this.#asker = undefined;
    }
  }

  async #pass(identity: RelayIdentity): Promise<void> {
    const { trouble, publish, over, identities } = this.#port;
    const passes = () => this.#passes;
    const ask = (one: RelayIdentity) => publish(this.#write(one, EPHEMERAL_WRAP_KIND));
    const tell = (words: string) => trouble.set('pass', `does not pass kind ${EPHEMERAL_WRAP_KIND}${words}`);
    let { result, detail } = await ask(identity);
    for (let tries = 1; isTooOften(result, detail) && !over.aborted; tries++) {
      if (tries === TRIES) tell(`: ${detail}`);
      if (await this.#until(passes, Math.min(LONGEST_MS, AGAIN_MS * 2 ** (tries - 1)))) break;
      const asker = identities().find(({ pubkey }) => pubkey === this.#asker);
      if (asker === undefined || over.aborted) return;
      ({ result, detail } = await ask(asker));
    }
    if (result !== 'refused') await this.#until(passes, BACK_MS);
    if (over.aborted) return;
    if (passes()) trouble.set('pass', null);
    else tell(result === 'refused' ? `: ${detail}` : '');
  }

  async #prove(identity: RelayIdentity): Promise<void> {
    const { trouble, publish, withheld } = this.#port;
    const isProven = () => this.#proven.has(identity.pubkey);
    const { result, detail } = await publish(this.#write(identity, WRAP_KIND));
    if (result === 'refused') trouble.set('read', `refuses what we write to ourselves: ${detail}`);
    else if (await this.#until(isProven, BACK_MS)) return;
    else trouble.set('read', 'does not give back what we write to ourselves');
    this.#isWithheld = true;
    withheld();
    await this.#until(isProven, AGAIN_MS);
  }

  async #until(condition: () => boolean, ms: number): Promise<boolean> {
    const { clock, over } = this.#port;
    const end = clock.monotonic() + ms;
    while (!condition() && !over.aborted && clock.monotonic() < end) {
      if (this.#changed.signal.aborted) this.#changed = new AbortController();
      await clock.sleep(end - clock.monotonic(), AbortSignal.any([this.#changed.signal, over]));
    }
    return condition();
  }

  #write(identity: RelayIdentity, kind: number): SignedEvent {
    const { clock, random } = this.#port;
    this.#writers.add(identity.pubkey);
    const now = Math.floor(clock.now() / 1000);
    const tags = [['p', identity.pubkey]];
    if (kind === WRAP_KIND) tags.push(['expiration', String(now + KEPT_SECONDS)]);
    // As a relay sees the least that NIP-44 encrypts: a version, then bytes that look random. Nobody opens it.
    const content = Buffer.of(NIP44_VERSION, ...random.bytes(LEAST_PAYLOAD - 1)).toString('base64');
    const template: EventTemplate = { kind, created_at: now, tags, content };
    return identity.sign(template);
  }
}

/** NIP-01's word for a refusal that speaks of the pace, and says nothing about what was sent. */
const isTooOften = (result: PublishOutcome['result'], detail = ''): boolean =>
  result === 'refused' && detail.startsWith('rate-limited:');
