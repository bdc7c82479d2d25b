/** The relay's store: an append-only file of events and its index; rewritten at start when much of it is dead. */
import { join } from 'node:path';
import type { SignedEvent } from '../../core/nostr/event.ts';
import { addressOf, DELETION, readEvent } from './event.ts';
import { type Filter, matches } from './filter.ts';
import { EventIndex, needsBody, type Reader, type Row } from './store-index.ts';
import { EventLog, type Extent, rewrite } from './store-log.ts';

const MAX_EVENTS = 500_000;
const MAX_BYTES = 8 * 1024 ** 3;
/** Older wraps are dropped at start: senders wrap anew until they are acknowledged. */
const WRAP_SECONDS = 60 * 24 * 3600;
/** Deletions older than this are forgotten: what they deleted is gone from the file. */
const DELETION_SECONDS = 30 * 24 * 3600;
/** The file is rewritten when at least this part of it is dead. */
const DEAD_PART = 1 / 8;

/** A row that a query found; where it is not exact, its body is yet to be matched. */
export type Found = { row: Row; exact: boolean };
type OnStored = (event: SignedEvent, text: string) => void;

export class RelayStore {
  readonly #log: EventLog;
  readonly #index: EventIndex;
  readonly #pending = new Map<string, Promise<unknown>>();
  readonly #onStored: OnStored;

  private constructor(log: EventLog, index: EventIndex, onStored: OnStored) {
    this.#log = log;
    this.#index = index;
    this.#onStored = onStored;
  }

  /**
   * `now` in Unix seconds. A damaged line inside the file costs that event only: a relay is a mailbox, and senders
   * resend until the recipient acknowledges. `onStored` runs in the turn in which queries begin to find the event.
   */
  /** `onFatal`: the disk failed in a way after which nothing can be stored any more. */
  static async open(
    directory: string,
    now: number,
    onStored: OnStored = () => {},
    onFatal: (error: unknown) => void = () => {},
  ): Promise<RelayStore> {
    const path = join(directory, 'events.ndjson');
    const first = await load(path, onFatal);
    const live = first.index.rows().filter((row) => isWorthKeeping(row, now));
    const dead = first.log.size - live.reduce((sum, row) => sum + row.length, 0);
    if (dead === 0 || dead < first.log.size * DEAD_PART) {
      return new RelayStore(first.log, first.index, onStored);
    }
    await first.log.close();
    await rewrite(path, live);
    const { log, index } = await load(path, onFatal);
    return new RelayStore(log, index, onStored);
  }

  get size(): number {
    return this.#index.size;
  }
  knows(id: string): boolean {
    return this.#index.knows(id);
  }

  /** Resolves when the event is on disk. Throws when the disk failed or the store is full. */
  async append(event: SignedEvent): Promise<'stored' | 'duplicate'> {
    const before = this.#pending.get(event.id);
    if (before !== undefined) {
      await before;
      return 'duplicate';
    }
    if (this.#index.knows(event.id)) return 'duplicate';
    if (this.#index.size + this.#pending.size >= MAX_EVENTS || this.#log.size >= MAX_BYTES) {
      throw new Error('the relay is full');
    }
    const text = JSON.stringify(event);
    const written = this.#log.append(text);
    this.#pending.set(event.id, written);
    try {
      this.#index.add(event, await written);
      this.#onStored(event, text);
    } finally {
      this.#pending.delete(event.id);
    }
    return 'stored';
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

  /** The event's JSON. */
  read(row: Row): Promise<string> {
    return this.#log.read(row);
  }

  /** Whether the event, if it is replaceable or addressable, is the version that stands. */
  stands(event: SignedEvent): boolean {
    const address = addressOf(event);
    return address !== undefined && this.#index.addressed(address)?.id === event.id;
  }

  /** The standing version of a replaceable or addressable event. */
  async addressed(address: string): Promise<SignedEvent | undefined> {
    const row = this.#index.addressed(address);
    return row === undefined ? undefined : readEvent(JSON.parse(await this.#log.read(row)));
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** Whether an event that the index could not decide alone is asked for after all. */
export const isAskedFor = (filters: readonly Filter[], text: string): boolean => {
  const event = readEvent(JSON.parse(text));
  return event !== undefined && filters.some((filter) => matches(filter, event));
};

async function load(
  path: string,
  onFatal: (error: unknown) => void,
): Promise<{ log: EventLog; index: EventIndex }> {
  const index = new EventIndex();
  const log = await EventLog.open(path, (line, extent) => addLine(index, line, extent), onFatal);
  index.sort();
  return { log, index };
}

function addLine(index: EventIndex, line: string, extent: Extent): void {
  try {
    const event = readEvent(JSON.parse(line));
    if (event !== undefined) index.add(event, extent, true);
  } catch {
    // Damaged: left to the next rewrite.
  }
}

const isWorthKeeping = (row: Row, now: number): boolean => {
  const age = now - row.createdAt;
  if (row.expiresAt <= now || (row.kind === DELETION && age > DELETION_SECONDS)) return false;
  return row.recipient === undefined || age <= WRAP_SECONDS;
};
