/** Relay session over `ws`: one connection a relay, reconnecting for as long as the session lives (docs/design.md §3). */

import { Agent } from 'node:https';
import { cutText } from '../../core/encoding/cut.ts';
import { EntangleError } from '../../core/errors.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { RELAY_STATES } from '../../core/vocabulary.ts';
import type {
  Clock,
  ConnectRelays,
  PublishOutcome,
  Random,
  RelayIdentity,
  RelayOptions,
  RelaySession,
  RelayStatus,
} from '../../ports/index.ts';
import type { Refusals } from './auth.ts';
import { Lane } from './lane.ts';

/** How far gift wraps are backdated (NIP-59), and how wrong clocks may be. */
const OVERLAP_SECONDS = 2 * 86_400 + 15 * 60;
/** So many times as long as relays may be silent, those that go on giving are read on. */
const PATIENCE = 10;

/** `environment`: HTTPS_PROXY and NO_PROXY are heeded for `wss:` relays, in either case. */
export const relayClient = (
  clock: Clock,
  random: Random,
  environment: NodeJS.ProcessEnv = {},
): ConnectRelays => {
  // One for all of them, made when it is used: it brings what Node has of TLS
  let made: Agent | undefined;
  const agent = (): Agent => {
    made ??= new Agent({ proxyEnv: environment });
    return made;
  };
  return (options) => new Session(options, { clock, random, agent });
};

class Session implements RelaySession {
  readonly #clock: Clock;
  readonly #links: readonly Link[];
  #identities: readonly RelayIdentity[];
  readonly #waiting = new Set<() => void>();
  /** When a relay last gave a part of what it stores; and whether any gave an event. */
  #givenAt = Number.NEGATIVE_INFINITY;
  #hasGiven = false;
  readonly #over = new AbortController();

  constructor(options: RelayOptions, tools: LinkTools) {
    const urls = [...new Set(options.urls)];
    for (const url of urls) checkUrl(url);
    this.#clock = tools.clock;
    this.#identities = options.identities;
    const onState = (status: RelayStatus) => {
      options.onState?.(status);
      if (status.state === 'synced') for (const wake of this.#waiting) wake();
    };
    const onGiven = (isEvent: boolean) => {
      this.#givenAt = tools.clock.monotonic();
      this.#hasGiven ||= isEvent;
    };
    const port = { ...tools, options, onState, onGiven, over: this.#over.signal };
    this.#links = urls.map((url) => new Link(url, port, this.#identities));
  }

  setIdentities(identities: readonly RelayIdentity[]): void {
    const before = new Set(this.#identities.map(({ pubkey }) => pubkey));
    const isSame = identities.length === before.size && identities.every(({ pubkey }) => before.has(pubkey));
    this.#identities = identities;
    if (!isSame) for (const link of this.#links) link.setIdentities(identities);
  }

  publish(event: SignedEvent, urls?: readonly string[]): Promise<PublishOutcome[]> {
    const meant = this.#links.filter(({ url }) => urls?.includes(url) ?? true);
    return Promise.all(meant.map((link) => link.publish(event)));
  }

  async discard(pubkey: string, ids: readonly string[]): Promise<void> {
    await Promise.all(this.#links.map((link) => link.discard(pubkey, ids)));
  }

  async synced(silenceMs: number, mostMs = PATIENCE * silenceMs): Promise<boolean> {
    const isSynced = () => this.#links.some((link) => link.status.state === 'synced');
    const start = this.#clock.monotonic();
    const end = () => Math.min(start + mostMs, Math.max(start, this.#givenAt) + silenceMs);
    while (!isSynced() && !this.#over.signal.aborted) {
      const left = end() - this.#clock.monotonic();
      if (left <= 0) break;
      const timer = new AbortController();
      const wake = () => timer.abort();
      this.#waiting.add(wake);
      await this.#clock.sleep(left, AbortSignal.any([timer.signal, this.#over.signal]));
      this.#waiting.delete(wake);
      wake();
    }
    return isSynced();
  }

  hasGiven(): boolean {
    return this.#hasGiven;
  }

  status(): RelayStatus[] {
    return this.#links.map((link) => link.status);
  }

  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#links.map((link) => link.stopped));
  }
}

type LinkTools = { clock: Clock; random: Random; agent: () => Agent };
type LinkPort = LinkTools & {
  options: RelayOptions;
  onState: (status: RelayStatus) => void;
  onGiven: (isEvent: boolean) => void;
  over: AbortSignal;
};
const MAX_DETAIL = 1_000;

/** One relay of the session: a connection for all identities, or for as many at once as the relay takes. */
class Link {
  readonly url: string;
  readonly #port: LinkPort;
  #lanes: Lane[];
  /** Keys that the relay takes on one connection, as it showed. */
  #room = Number.POSITIVE_INFINITY;
  #said = '';
  /** By key: Unix second at which its wraps were last read to the end in this session. */
  readonly #read = new Map<string, number>();

  constructor(url: string, port: LinkPort, identities: readonly RelayIdentity[]) {
    this.url = url;
    this.#port = port;
    this.#lanes = [this.#lane(identities)];
  }

  get status(): RelayStatus {
    // As well as the worst of its connections.
    const state = RELAY_STATES.find((word) => this.#lanes.some((lane) => lane.state === word)) ?? 'closed';
    const words = [...new Set(this.#lanes.flatMap((lane) => lane.words))].join('; ');
    return { url: this.url, state, ...(words === '' ? {} : { detail: cutText(words, MAX_DETAIL) }) };
  }
  get stopped(): Promise<unknown> {
    return Promise.all(this.#lanes.map((lane) => lane.stopped));
  }

  setIdentities(identities: readonly RelayIdentity[]): void {
    const placed = new Set(this.#lanes.flatMap((lane) => lane.identities.map(({ pubkey }) => pubkey)));
    for (const lane of this.#lanes) {
      const mine = new Set(lane.identities.map(({ pubkey }) => pubkey));
      lane.setIdentities(identities.filter(({ pubkey }) => mine.has(pubkey)));
    }
    this.#place(identities.filter(({ pubkey }) => !placed.has(pubkey)));
    this.#tell();
  }

  async publish(event: SignedEvent): Promise<PublishOutcome> {
    const lane = this.#lanes.find(({ isOpen }) => isOpen) ?? this.#lanes[0]!;
    return { url: this.url, ...(await lane.publish(event)) };
  }

  async discard(pubkey: string, ids: readonly string[]): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.discard(pubkey, ids)));
  }

  #lane(identities: readonly RelayIdentity[]): Lane {
    const { options, clock, random, agent, over } = this.#port;
    const lane: Lane = new Lane(
      {
        url: this.url,
        options,
        clock,
        random,
        agent,
        over,
        given: this.#port.onGiven,
        since: (keys) => Math.min(...keys.map((key) => this.#since(key))),
        synced: (keys, startedAt) => {
          for (const key of keys) this.#read.set(key, startedAt);
          options.onSync?.(this.url, keys, startedAt);
        },
        refused: (refusals) => this.#onRefused(lane, refusals),
        changed: () => this.#tell(),
      },
      identities,
    );
    return lane;
  }

  /** What a connection refused after it took another key goes to a connection of its own, now and from then on. */
  #onRefused(lane: Lane, { refused, taken }: Refusals): void {
    if (taken === 0) return;
    this.#room = Math.min(this.#room, taken);
    const keys = new Set(refused.map(({ pubkey }) => pubkey));
    const moved = lane.identities.filter(({ pubkey }) => keys.has(pubkey));
    lane.release(keys);
    this.#place(moved);
  }

  #place(identities: readonly RelayIdentity[]): void {
    const left = [...identities];
    for (const lane of this.#lanes) {
      const more = left.splice(0, Math.max(0, this.#room - lane.told));
      if (more.length > 0) lane.setIdentities([...lane.identities, ...more]);
    }
    while (left.length > 0) this.#lanes.push(this.#lane(left.splice(0, this.#room)));
    // A connection that nobody reads by any more; the only one stays, to publish.
    const idle = this.#lanes.filter((lane) => lane.identities.length === 0);
    if (idle.length === this.#lanes.length) idle.shift();
    for (const lane of idle) lane.stop();
    this.#lanes = this.#lanes.filter((lane) => !idle.includes(lane));
  }

  #tell(): void {
    const status = this.status;
    const said = JSON.stringify(status);
    if (said === this.#said) return;
    this.#said = said;
    this.#port.onState(status);
  }

  /** Unix seconds from which this relay may hold wraps of this key that it did not give us yet. */
  #since(key: string): number {
    const last = this.#read.get(key) ?? this.#port.options.lastSync(this.url, key);
    return last === null ? 0 : Math.max(0, last - OVERLAP_SECONDS);
  }
}

function checkUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (
    parsed !== undefined &&
    /^wss?:$/.test(parsed.protocol) &&
    parsed.username === '' &&
    parsed.hash === ''
  ) {
    return;
  }
  throw new EntangleError('invalid', `not a relay URL: ${url}`, {
    hint: 'use a URL that begins with wss:// or ws://',
  });
}
