/** Some of the session's identities at one relay, on one connection after another. */

import type { Agent } from 'node:https';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { WRAP_KIND } from '../../core/nostr/kinds.ts';
import type { RelayState } from '../../core/vocabulary.ts';
import type { Clock, PublishOutcome, Random, RelayIdentity, RelayOptions } from '../../ports/index.ts';
import type { Refusals } from './auth.ts';
import { RelayConnection, type VisitEnd } from './connection.ts';
import { Trouble } from './trouble.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;

export type LanePort = {
  url: string;
  options: RelayOptions;
  clock: Clock;
  random: Random;
  agent: () => Agent;
  since: (keys: readonly string[]) => number;
  given: (isEvent: boolean) => void;
  synced: (keys: readonly string[], startedAt: number) => void;
  refused: (refusals: Refusals) => void;
  changed: () => void;
  over: AbortSignal;
};

export class Lane {
  state: RelayState = 'connecting';
  readonly stopped: Promise<void>;
  readonly #port: LanePort;
  readonly #trouble: Trouble;
  readonly #stop = new AbortController();
  readonly #over: AbortSignal;
  #identities: readonly RelayIdentity[];
  /** Every key that this connection was told, also those that are gone: relays bound them. */
  #told = new Set<string>();
  #visit: RelayConnection | undefined;
  #failures = 0;
  #syncedAt: number | undefined;

  constructor(port: LanePort, identities: readonly RelayIdentity[]) {
    this.#port = port;
    this.#identities = identities;
    this.#trouble = new Trouble(port.clock, port.changed);
    this.#over = AbortSignal.any([port.over, this.#stop.signal]);
    this.stopped = this.#run();
  }

  get identities(): readonly RelayIdentity[] {
    return this.#identities;
  }
  get told(): number {
    return this.#told.size;
  }
  get isOpen(): boolean {
    return this.#visit?.isOpen === true;
  }
  /** What is wrong here, in words for people. */
  get words(): readonly string[] {
    return this.#trouble.words;
  }

  setIdentities(identities: readonly RelayIdentity[]): void {
    this.#identities = identities;
    for (const { pubkey } of identities) this.#told.add(pubkey);
    if (this.isOpen) this.#set('open');
    this.#visit?.refresh();
  }
  /** For those that another lane took over: what is read here goes on. */
  release(keys: ReadonlySet<string>): void {
    this.#identities = this.#identities.filter(({ pubkey }) => !keys.has(pubkey));
  }
  stop(): void {
    this.#stop.abort();
  }

  async publish(event: SignedEvent): Promise<Omit<PublishOutcome, 'url'>> {
    const visit = this.#visit;
    if (visit === undefined || !visit.isOpen) return { result: 'unknown', detail: 'not connected' };
    const outcome = await visit.publish(event);
    const topic = event.kind === WRAP_KIND ? 'publish' : 'ephemeral';
    if (outcome.result === 'refused')
      this.#trouble.set(topic, `refuses kind ${event.kind}: ${outcome.detail}`);
    if (outcome.result === 'stored') this.#trouble.set(topic, null);
    return outcome;
  }

  async discard(pubkey: string, ids: readonly string[]): Promise<void> {
    await this.#visit?.discard(pubkey, ids);
  }

  async #run(): Promise<void> {
    const { clock } = this.#port;
    // Let the constructor return: what is told from here looks at whoever made this lane.
    await Promise.resolve();
    while (!this.#over.aborted) {
      this.#set('connecting');
      this.#told = new Set(this.#identities.map(({ pubkey }) => pubkey));
      const visit = this.#connect();
      this.#visit = visit;
      const stop = () => visit.end('session closed');
      this.#over.addEventListener('abort', stop);
      const end = await visit.ended;
      this.#over.removeEventListener('abort', stop);
      this.#visit = undefined;
      if (!this.#over.aborted) this.#trouble.set('end', end.reason);
      this.#set('closed');
      if (!this.#over.aborted) await clock.sleep(this.#wait(end), this.#over);
    }
  }

  #connect(): RelayConnection {
    const { url, options, clock, random, agent, since, given, synced, refused } = this.#port;
    return new RelayConnection(url, {
      clock,
      random,
      agent,
      trouble: this.#trouble,
      identities: () => this.#identities,
      since,
      onWrap: (text) => options.onWrap(text, url),
      atOnce: options.atOnce ?? 1,
      onOpen: () => this.#set('open'),
      onGiven: given,
      onWithheld: () => this.#set('withholding'),
      onRefused: refused,
      onSynced: (keys, startedAt, isAll) => {
        this.#syncedAt ??= clock.monotonic();
        this.#trouble.set('end', null);
        this.#trouble.set('notice', null);
        synced(keys, startedAt);
        if (isAll) this.#set('synced');
      },
    });
  }

  /**
   * Doubles from 200 ms to 30 s; a random half of it is left off, so that clients do not come back all at once. It
   * begins anew only after a connection that lasted: a relay that ends each of them is not asked once a second.
   */
  #wait({ penalize }: VisitEnd): number {
    const lasted = this.#syncedAt === undefined ? 0 : this.#port.clock.monotonic() - this.#syncedAt;
    this.#syncedAt = undefined;
    if (lasted >= LONGEST_WAIT_MS) this.#failures = 0;
    const doubled = FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 10);
    const longest = penalize ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, doubled);
    const [byte = 0] = this.#port.random.bytes(1);
    return longest * (0.5 + byte / 512);
  }

  #set(state: RelayState): void {
    this.state = state;
    this.#port.changed();
  }
}
