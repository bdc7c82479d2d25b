/** A process's session with relays in memory: one link a relay, connected again for as long as the session lives. */
import type {
  Clock,
  ConnectRelays,
  PublishOutcome,
  RelayOptions,
  RelayStatus,
} from '../../src/ports/index.ts';
import type { Dice } from './dice.ts';
import type { Filter, MemoryRelay } from './memory-relay.ts';
import type { ProcessLife } from './process-life.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 30_000;
/** How far gift wraps are backdated (NIP-59), and how wrong clocks may be. */
const OVERLAP_SECONDS = 2 * 86_400 + 15 * 60;
const PATIENCE = 10;

export type SessionPort = { relays: readonly MemoryRelay[]; clock: Clock; dice: Dice; life?: ProcessLife };

export const connectInMemory =
  ({ relays, clock, dice, life }: SessionPort): ConnectRelays =>
  (options) => {
    const over = new AbortController();
    const keys = new Set(options.identities.map(({ pubkey }) => pubkey));
    const waiting = new Set<() => void>();
    let givenAt = Number.NEGATIVE_INFINITY;
    let hasGiven = false;
    const given = (isEvent: boolean) => {
      givenAt = clock.monotonic();
      hasGiven ||= isEvent;
    };
    const links = [...new Set(options.urls)].map((url) => {
      const relay = relays.find((one) => one.url === url);
      if (!relay) throw new Error(`no relay ${url} in this federation`);
      const synced = () => {
        for (const wake of waiting) wake();
      };
      return new Link({ relay, clock, dice, options, keys, over: over.signal, given, synced, life });
    });
    life?.onEnd(() => {
      for (const link of links) link.cut();
    });
    const isSynced = () => links.some(({ status }) => status.state === 'synced');
    const running = links.map((link) => link.run());
    const session = {
      setIdentities(identities: RelayOptions['identities']) {
        const wanted = new Set(identities.map(({ pubkey }) => pubkey));
        if (wanted.size === keys.size && [...wanted].every((key) => keys.has(key))) return;
        keys.clear();
        for (const key of wanted) keys.add(key);
        for (const link of links) link.refresh();
      },
      publish: (event: Parameters<MemoryRelay['publish']>[0], urls?: readonly string[]) =>
        Promise.all(
          links.filter(({ status }) => urls?.includes(status.url) ?? true).map((link) => link.publish(event)),
        ),
      async discard(pubkey: string, ids: readonly string[]) {
        for (const link of links) link.discard(pubkey, ids);
      },
      async synced(silenceMs: number, mostMs = PATIENCE * silenceMs) {
        const start = clock.monotonic();
        while (!isSynced() && !over.signal.aborted) {
          const last = Math.min(start + mostMs, Math.max(start, givenAt) + silenceMs);
          if (last <= clock.monotonic()) break;
          const timer = new AbortController();
          const wake = () => timer.abort('woken');
          waiting.add(wake);
          await clock.sleep(last - clock.monotonic(), AbortSignal.any([timer.signal, over.signal]));
          waiting.delete(wake);
        }
        return isSynced();
      },
      hasGiven: () => hasGiven,
      status: () => links.map(({ status }) => status),
      async close() {
        over.abort();
        await Promise.all(running);
      },
    };
    return life ? life.guard(session) : session;
  };

type LinkPort = {
  relay: MemoryRelay;
  clock: Clock;
  dice: Dice;
  options: RelayOptions;
  keys: ReadonlySet<string>;
  over: AbortSignal;
  /** A wrap was taken, or the end of what was stored. */
  given(isEvent: boolean): void;
  synced(): void;
  life: ProcessLife | undefined;
};
/** One connection. In its queue null stands for the end of what was stored. */
type Connection = { end: AbortController; filter: Filter; queue: (string | null)[]; startedAt: number };

class Link {
  status: RelayStatus;
  readonly #port: LinkPort;
  #failures = 0;
  #now: Connection | null = null;
  #wake = () => {};
  #leave = () => {};
  /** By key: Unix second at which its wraps were last read to the end in this session. */
  readonly #read = new Map<string, number>();

  constructor(port: LinkPort) {
    this.#port = port;
    this.status = { url: port.relay.url, state: 'closed' };
  }

  async publish(event: Parameters<MemoryRelay['publish']>[0]): Promise<PublishOutcome> {
    const { relay } = this.#port;
    if (!this.#now) return { url: relay.url, result: 'unknown', detail: 'not connected' };
    const outcome = await relay.publish(event);
    if (outcome.result !== 'unknown') this.#say(outcome.detail);
    return { url: relay.url, ...outcome };
  }

  discard(pubkey: string, ids: readonly string[]): void {
    if (this.#now) this.#port.relay.discard(pubkey, ids);
  }

  refresh(): void {
    if (!this.#now) return;
    this.#set('open');
    this.#subscribe(this.#now);
    this.#wake();
  }

  /** The process is gone: nothing comes any more. */
  cut(): void {
    this.#leave();
  }

  async run(): Promise<void> {
    const { clock, dice, over } = this.#port;
    while (!over.aborted) {
      this.#set('connecting');
      await clock.sleep(dice.between(1, 20), over);
      if (!over.aborted) await this.#stay();
      this.#set('closed');
      const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.#failures++, 10));
      if (!over.aborted) await clock.sleep(longest * (0.5 + dice.next() / 2), over);
    }
  }

  async #stay(): Promise<void> {
    const { relay, over } = this.#port;
    const end = new AbortController();
    const mine: Connection = { end, filter: { keys: new Set(), since: 0 }, queue: [], startedAt: 0 };
    const stop = () => {
      end.abort();
      this.#wake();
    };
    const receive = (text: string) => {
      mine.queue.push(text);
      this.#wake();
    };
    const leave = relay.connect({ filter: mine.filter, receive, closed: stop });
    if (!leave) return;
    this.#leave = leave;
    this.#now = mine;
    over.addEventListener('abort', stop, { once: true });
    this.#set('open');
    this.#subscribe(mine);
    // Not taken, so it must come again: a new connection reads back to it.
    await this.#drain(mine).catch(() => {});
    over.removeEventListener('abort', stop);
    leave();
    this.#now = null;
  }

  #subscribe(mine: Connection): void {
    const { relay, keys, clock } = this.#port;
    mine.filter.keys = new Set(keys);
    mine.filter.since = Math.min(...[...keys].map((key) => this.#since(key)));
    mine.startedAt = Math.floor(clock.now() / 1000);
    // A silent relay never says that this was all.
    if (relay.state !== 'silent') mine.queue.push(...relay.stored(mine.filter), null);
  }

  /** One wrap after another, each taken before the next is looked at. */
  async #drain(mine: Connection): Promise<void> {
    const { options, relay, life } = this.#port;
    while (!mine.end.signal.aborted) {
      const text = mine.queue.shift();
      if (text === null) this.#finish(mine);
      else if (text !== undefined) {
        if (life?.pause) await life.pause;
        await options.onWrap(text, relay.url);
        this.#port.given(true);
      } else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #finish({ filter, startedAt, queue }: Connection): void {
    // An older end, before a later subscription: what that one asked for is still to come.
    if (queue.includes(null)) return;
    const { options, relay, given, synced } = this.#port;
    given(false);
    // What is written to oneself does not come back.
    if (relay.state === 'hiding') {
      this.#set('withholding');
      return;
    }
    this.#failures = 0;
    for (const key of filter.keys) this.#read.set(key, startedAt);
    options.onSync?.(relay.url, [...filter.keys], startedAt);
    this.#set('synced');
    synced();
  }

  /** Unix seconds from which this relay may hold wraps of this key that it did not give us yet. */
  #since(key: string): number {
    const { options, relay } = this.#port;
    const last = this.#read.get(key) ?? options.lastSync(relay.url, key);
    return last === null ? 0 : Math.max(0, last - OVERLAP_SECONDS);
  }

  #say(detail: string | undefined): void {
    if (this.status.detail === detail) return;
    const { url, state } = this.status;
    this.status = detail === undefined ? { url, state } : { url, state, detail };
    this.#port.options.onState?.(this.status);
  }

  #set(state: RelayStatus['state']): void {
    this.status = { ...this.status, state };
    this.#port.options.onState?.(this.status);
  }
}
