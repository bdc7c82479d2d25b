/** The relay's store: an append-only file of events and its index; written anew when much of it is dead. */
import { join } from 'node:path';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { addressOf, DELETION, readRelayEvent } from './event.ts';
import { type Filter, matches } from './filter.ts';
import { BEFORE, EventIndex, needsBody, type Reader, type Row } from './store-index.ts';
import { EventLog, type Extent, rewrite } from './store-log.ts';

export const STORE_LIMITS = { events: 500_000, bytes: 10 * 1024 ** 3 };
/** What goes at once where there is no room: looking for the fullest mailboxes costs more than one place is worth. */
const ROOM_AT_ONCE = 1 / 100;
/** Of one member in one mailbox: more than it leaves there in weeks for somebody who is away. */
const MEMBER_ROOM = { events: 10_000, bytes: 32 * 1024 ** 2 };
/** Older wraps are dropped: senders wrap anew until they are acknowledged. */
const WRAP_SECONDS = 60 * 24 * 3600;
/** What a stranger wrote is kept so long, where nobody else's takes its place before. */
const BRIEF_SECONDS = 24 * 3600;
/** The file is written anew at start when at least this part of it is dead. */
const DEAD_PART = 1 / 8;
/** While it is used, when more of it is dead than alive, and at least so much. */
const DEAD_BYTES = 32 * 1024 ** 2;

/** Of a deletion that the file need not have: what it deletes is in memory only. */
const NOWHERE: Extent = { offset: 0, length: 0 };

/** A row that a query found; where it is not exact, its body is yet to be matched. */
export type Found = { row: Row; exact: boolean };
type OnStored = (event: SignedEvent, text: string) => void;
type OnFatal = (error: unknown) => void;
type Loaded = { log: EventLog; index: EventIndex };
/** `owner`: what it wrote itself, the list of members, gives way to nothing. */
type Options = { owner?: () => string | undefined; limits?: typeof STORE_LIMITS };

export class RelayStore {
  readonly #path: string;
  #log: EventLog;
  readonly #index: EventIndex;
  readonly #pending = new Map<string, Promise<unknown>>();
  readonly #onStored: OnStored;
  readonly #onFatal: OnFatal;
  readonly #limits: typeof STORE_LIMITS;
  readonly #owner: () => string | undefined;
  #rewriting: Promise<void> | undefined;

  private constructor(
    path: string,
    { log, index }: Loaded,
    onStored: OnStored,
    onFatal: OnFatal,
    { limits = STORE_LIMITS, owner = () => undefined }: Options,
  ) {
    this.#path = path;
    this.#log = log;
    this.#index = index;
    this.#onStored = onStored;
    this.#onFatal = onFatal;
    this.#limits = limits;
    this.#owner = owner;
  }

  /**
   * `now` in Unix seconds. A damaged line inside the file costs that event only: a relay is a mailbox, and senders
   * resend until the recipient acknowledges. `onStored` runs in the turn in which queries begin to find the event.
   * `onFatal`: the disk failed in a way after which nothing can be stored any more.
   */
  static async open(
    directory: string,
    now: number,
    onStored: OnStored = () => {},
    onFatal: OnFatal = () => {},
    options: Options = {},
  ): Promise<RelayStore> {
    const path = join(directory, 'events.ndjson');
    const loaded = await load(path, onFatal);
    loaded.index.sweep(now, now - WRAP_SECONDS);
    const store = new RelayStore(path, loaded, onStored, onFatal, options);
    const dead = store.#dead;
    if (dead > 0 && dead >= loaded.log.size * DEAD_PART) await store.#rewrite();
    return store;
  }

  get size(): number {
    return this.#index.size;
  }
  /**
   * Whether this member's unread wraps fill the room that it has in that mailbox. Nobody knows whose the wraps are that
   * lie there from before the start, so they make everybody's room smaller and nobody's nothing: who fills its room
   * again after each start comes ever less further.
   */
  isFilled(writer: string, recipient: string): boolean {
    const own = this.#index.taken(writer, recipient);
    const before = this.#index.taken(BEFORE, recipient);
    return (['events', 'bytes'] as const).some((what) => {
      const room = MEMBER_ROOM[what];
      return own[what] >= (room * room) / (room + before[what]);
    });
  }
  knows(id: string): boolean {
    return this.#index.knows(id);
  }

  /** Keeps it in memory, a day at most, as one of few. */
  keepBriefly(event: SignedEvent, now: number, writer?: string): 'stored' | 'duplicate' {
    if (this.knows(event.id)) return 'duplicate';
    const text = JSON.stringify(event);
    this.#index.addBrief(event, text, now + BRIEF_SECONDS, writer);
    this.#onStored(event, text);
    return 'stored';
  }

  /** Drops what has expired and what is too old. */
  async sweep(now: number): Promise<void> {
    await this.#rewriting;
    this.#index.sweep(now, now - WRAP_SECONDS);
    await this.#rewriteIfDue();
  }

  /** Resolves when the event is on disk, in the place of others where there was none. Throws when the disk failed. */
  async append(event: SignedEvent, writer?: string): Promise<'stored' | 'duplicate'> {
    while (this.#rewriting !== undefined) await this.#rewriting;
    const before = this.#pending.get(event.id);
    if (before !== undefined) {
      await before;
      return 'duplicate';
    }
    if (this.#index.knows(event.id)) return 'duplicate';
    if (event.kind === DELETION && !this.#index.deletes(event)) {
      this.#index.add(event, NOWHERE);
      return 'stored';
    }
    if (event.kind !== DELETION) this.#makeRoom();
    const text = JSON.stringify(event);
    const written = this.#log.append(text);
    this.#pending.set(event.id, written);
    try {
      this.#index.add(event, await written, { writer });
      this.#onStored(event, text);
    } finally {
      this.#pending.delete(event.id);
    }
    if (event.kind === DELETION) void this.#rewriteIfDue();
    return 'stored';
  }

  /** A mailbox loses nothing for good: its senders wrap anew until they are acknowledged. What is dead goes with the file. */
  #makeRoom(): void {
    const { size, bytes } = this.#index;
    if (size + this.#pending.size >= this.#limits.events || bytes >= this.#limits.bytes) {
      this.#index.giveWay(ROOM_AT_ONCE, this.#owner());
      void this.#rewriteIfDue();
    }
    if (this.#log.size >= 2 * this.#limits.bytes) throw new Error('the relay’s file has no room');
  }
  get #dead(): number {
    return this.#log.size - this.#index.bytes;
  }

  /** A disk without room for a second file is no failure, it is tried again later; after another the files may differ. */
  #rewriteIfDue(): Promise<void> {
    if (this.#dead < DEAD_BYTES || this.#dead < this.#index.bytes) return Promise.resolve();
    this.#rewriting ??= this.#rewrite()
      .catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') this.#onFatal(error);
      })
      .finally(() => {
        this.#rewriting = undefined;
      });
    return this.#rewriting;
  }

  /** Nothing is appended meanwhile, so what is alive stays the same. */
  async #rewrite(): Promise<void> {
    await Promise.allSettled(this.#pending.values());
    const live = this.#index.rows();
    await rewrite(this.#path, live);
    const before = this.#log;
    this.#log = await EventLog.open(this.#path, () => {}, this.#onFatal);
    this.#index.moved(live);
    await before.close();
  }

  /** What the reader may see now, as a snapshot to read one by one with `read`; newest first. */
  query(filters: readonly Filter[], reader: Reader, now: number): Found[] {
    const found = new Map<string, Found>();
    for (const filter of filters) {
      const exact = !needsBody(filter);
      for (const row of this.#index.candidates(filter, reader, now)) {
        if (!found.get(row.id)?.exact) found.set(row.id, { row, exact });
      }
    }
    return [...found.values()].sort((a, b) => b.row.createdAt - a.row.createdAt);
  }

  /** The event's JSON; undefined where it was removed since it was found. */
  async read(row: Row): Promise<string | undefined> {
    if (row.isGone) return undefined;
    return row.text ?? this.#log.read(row);
  }

  /** Whether the event, if it is replaceable or addressable, is the version that stands. */
  stands(event: SignedEvent): boolean {
    const address = addressOf(event);
    return address !== undefined && this.#index.addressed(address)?.id === event.id;
  }

  /** The standing version of a replaceable or addressable event. */
  async addressed(address: string): Promise<SignedEvent | undefined> {
    const row = this.#index.addressed(address);
    const text = row === undefined ? undefined : await this.read(row);
    return text === undefined ? undefined : readRelayEvent(JSON.parse(text));
  }

  /** All addressable events of this name, whoever wrote them, in the order in which they came. */
  async named(name: string): Promise<SignedEvent[]> {
    const rows = this.#index.rows().filter(({ address }) => address?.endsWith(`:${name}`));
    const texts = await Promise.all(rows.map((row) => this.read(row)));
    return texts.flatMap((text) => (text === undefined ? [] : (readRelayEvent(JSON.parse(text)) ?? [])));
  }

  async close(): Promise<void> {
    await this.#rewriting;
    await this.#log.close();
  }
}

/** Whether an event that the index could not decide alone is asked for after all. */
export const isAskedFor = (filters: readonly Filter[], text: string): boolean => {
  const event = readRelayEvent(JSON.parse(text));
  return event !== undefined && filters.some((filter) => matches(filter, event));
};

async function load(path: string, onFatal: OnFatal): Promise<Loaded> {
  const index = new EventIndex();
  const log = await EventLog.open(path, (line, extent) => addLine(index, line, extent), onFatal);
  index.sort();
  return { log, index };
}

function addLine(index: EventIndex, line: string, extent: Extent): void {
  try {
    const event = readRelayEvent(JSON.parse(line));
    if (event !== undefined) index.add(event, extent, { loading: true });
  } catch {
    // Damaged: left to the next rewrite.
  }
}
