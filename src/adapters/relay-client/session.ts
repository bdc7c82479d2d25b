/** Relay session over `ws`: one connection a relay, reconnecting for as long as the session lives (docs/design.md §3). */
import { EntangleError } from '../../core/errors.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
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
import { RelayConnection } from './connection.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
/** How far gift wraps are backdated (NIP-59), and how wrong clocks may be. */
const OVERLAP_SECONDS = 2 * 86_400 + 15 * 60;

export const relayClient =
  (clock: Clock, random: Random): ConnectRelays =>
  (options) =>
    new Session(options, clock, random);

class Session implements RelaySession {
  readonly #clock: Clock;
  readonly #links: readonly Link[];
  #identities: readonly RelayIdentity[];
  readonly #waiting = new Set<() => void>();
  readonly #over = new AbortController();

  constructor(options: RelayOptions, clock: Clock, random: Random) {
    const urls = [...new Set(options.urls)];
    for (const url of urls) checkUrl(url);
    this.#clock = clock;
    this.#identities = options.identities;
    const onState = (status: RelayStatus) => {
      options.onState?.(status);
      if (status.state === 'synced') for (const wake of this.#waiting) wake();
    };
    const identities = () => this.#identities;
    this.#links = urls.map((url) => new Link(url, { options, clock, random, identities, onState }));
    for (const link of this.#links) link.start(this.#over.signal);
  }

  setIdentities(identities: readonly RelayIdentity[]): void {
    const before = new Set(this.#identities.map(({ pubkey }) => pubkey));
    const isSame = identities.length === before.size && identities.every(({ pubkey }) => before.has(pubkey));
    this.#identities = identities;
    if (!isSame) for (const link of this.#links) link.refresh();
  }

  publish(event: SignedEvent): Promise<PublishOutcome[]> {
    return Promise.all(this.#links.map((link) => link.publish(event)));
  }

  async synced(timeoutMs: number): Promise<boolean> {
    const isSynced = () => this.#links.some((link) => link.status.state === 'synced');
    if (isSynced()) return true;
    const timer = new AbortController();
    const wake = () => timer.abort();
    this.#waiting.add(wake);
    await this.#clock.sleep(timeoutMs, AbortSignal.any([timer.signal, this.#over.signal]));
    this.#waiting.delete(wake);
    wake();
    return isSynced();
  }

  status(): RelayStatus[] {
    return this.#links.map((link) => link.status);
  }

  async close(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#links.map((link) => link.stopped));
  }
}

type LinkPort = {
  options: RelayOptions;
  clock: Clock;
  random: Random;
  identities: () => readonly RelayIdentity[];
  onState: (status: RelayStatus) => void;
};

/** One relay of the session, through all its connections. */
class Link {
  readonly #url: string;
  readonly #port: LinkPort;
  #status: RelayStatus;
  #visit: RelayConnection | undefined;
  #failures = 0;
  /** By key: Unix second at which its wraps were last read to the end in this session. */
  readonly #read = new Map<string, number>();
  stopped: Promise<void> = Promise.resolve();

  constructor(url: string, port: LinkPort) {
    this.#url = url;
    this.#port = port;
    this.#status = { url, state: 'closed' };
  }

  get status(): RelayStatus {
    return this.#status;
  }

  start(signal: AbortSignal): void {
    this.stopped = this.#run(signal);
  }

  refresh(): void {
    if (this.#visit?.isOpen === true) this.#set('open');
    this.#visit?.refresh();
  }

  async publish(event: SignedEvent): Promise<PublishOutcome> {
    const visit = this.#visit;
    if (visit === undefined || !visit.isOpen) {
      return { url: this.#url, result: 'unknown', detail: 'not connected' };
    }
    return { url: this.#url, ...(await visit.publish(event)) };
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#port;
    while (!signal.aborted) {
      this.#set('connecting');
      const visit = this.#connect();
      this.#visit = visit;
      const stop = () => visit.end('session closed');
      signal.addEventListener('abort', stop);
      const end = await visit.ended;
      signal.removeEventListener('abort', stop);
      this.#visit = undefined;
      this.#set('closed', end.reason);
      if (!signal.aborted) await clock.sleep(this.#wait(end.penalize), signal);
    }
  }

  #connect(): RelayConnection {
    const { options, clock, identities } = this.#port;
    return new RelayConnection(this.#url, {
      clock,
      identities,
      since: (keys) => Math.min(...keys.map((key) => this.#since(key))),
      onWrap: (text) => options.onWrap(text, this.#url),
      onOpen: () => this.#set('open'),
      onSynced: (keys, startedAt) => {
        this.#failures = 0;
        for (const key of keys) this.#read.set(key, startedAt);
        options.onSync?.(this.#url, keys, startedAt);
        this.#set('synced');
      },
    });
  }

  /** Unix seconds from which this relay may hold wraps of this key that it did not give us yet. */
  #since(key: string): number {
    const last = this.#read.get(key) ?? this.#port.options.lastSync(this.#url, key);
    return last === null ? 0 : Math.max(0, last - OVERLAP_SECONDS);
  }

  /** Doubles from 200 ms to 30 s; a random half of it is left off, so that clients do not come back all at once. */
  #wait(demote: boolean): number {
    const doubled = FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 10);
    const longest = demote ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, doubled);
    const [byte = 0] = this.#port.random.bytes(1);
    return longest * (0.5 + byte / 512);
  }

  #set(state: RelayStatus['state'], detail?: string): void {
    this.#status = { url: this.#url, state, ...(detail === undefined ? {} : { detail }) };
    this.#port.onState(this.#status);
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
