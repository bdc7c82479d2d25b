/** The relay's memory of its log: where each event lies, by recipient and time. Bodies stay in the file. */

import type { SignedEvent } from '../../core/nostr/event.ts';
import { EPHEMERAL_WRAP_KIND, WRAP_KIND } from '../../core/nostr/kinds.ts';
import { addressOf, DELETION, expiryOf, isWrap, recipientOf } from './event.ts';
import type { Filter } from './filter.ts';
import { BriefRows } from './store-brief.ts';
import type { Extent } from './store-log.ts';

export type Row = Extent & {
  id: string;
  kind: number;
  /** Empty on wraps: their authors are one-time keys that nobody asks for. */
  author: string;
  recipient: string | undefined;
  /** Of replaceable and addressable events. */
  address: string | undefined;
  createdAt: number;
  expiresAt: number;
  /** The member who wrote the wrap, as long as this process knows: it is written nowhere. Or `BEFORE`. */
  writer?: string | undefined;
  /** The event's JSON, of what is kept in memory only. */
  text?: string;
  /** Removed since it was found: its extent means nothing any more. */
  isGone?: boolean;
};
/** Who wrote what a process before this one stored: anybody. */
export const BEFORE = '';
/** What one member's wraps in one mailbox take. */
export type Taken = { events: number; bytes: number };
/** Who is asking: the keys of the connection, and whether it may see what is not a wrap. */
export type Reader = { keys: ReadonlySet<string>; seesOther: (author: string) => boolean };

const isBrief = (row: Row): boolean => row.text !== undefined;

type Added = { loading?: boolean; writer?: string | undefined };

/** Bodies read for one filter whose conditions the index cannot decide. */
const SCAN = 5_000;

export class EventIndex {
  readonly #byId = new Map<string, Row>();
  readonly #byRecipient = new Map<string, Row[]>();
  readonly #other: Row[] = [];
  readonly #addresses = new Map<string, Row>();
  readonly #deleted = new Set<string>();
  /** In memory only: a member, whom no rate holds back, pushes out nothing that a newcomer wrote. */
  readonly #brief = { ofStrangers: new BriefRows<Row>(), ofMembers: new BriefRows<Row>() };
  #bytes = 0;
  readonly #taken = new Map<string, Taken>();

  /** Events in the file that count, and their bytes there. */
  get size(): number {
    return this.#byId.size - this.#brief.ofStrangers.size - this.#brief.ofMembers.size;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** Stored, or deleted by its recipient since the file was written anew: either way not to be stored again. */
  knows(id: string): boolean {
    return this.#byId.has(id) || this.#deleted.has(id);
  }
  /** What this writer's wraps take in that mailbox, or those from before. */
  taken(writer: string, recipient: string): Taken {
    return this.#taken.get(`${writer} ${recipient}`) ?? { events: 0, bytes: 0 };
  }
  addressed(address: string): Row | undefined {
    return this.#addresses.get(address);
  }
  /** All rows in the order of the file. */
  rows(): Row[] {
    return [...this.#byId.values()].filter((row) => !isBrief(row)).sort((a, b) => a.offset - b.offset);
  }
  /** The file was written anew, with what is left of it in its order. */
  moved(rows: readonly Row[]): void {
    let offset = 0;
    for (const row of rows) {
      row.offset = offset;
      offset += row.length;
    }
    this.#deleted.clear();
  }

  /** While loading, rows are put behind one another and `sort` follows. */
  add(event: SignedEvent, extent: Extent, { loading = false, writer }: Added = {}): void {
    if (this.knows(event.id)) return;
    if (event.kind === DELETION) {
      this.#delete(event);
      return;
    }
    const row = { ...rowOf(event, extent), writer: loading ? BEFORE : writer };
    if (row.address !== undefined) {
      const held = this.#addresses.get(row.address);
      if (held !== undefined && !replaces(row, held)) return;
      if (held !== undefined) this.#remove(held);
      this.#addresses.set(row.address, row);
    }
    this.#byId.set(row.id, row);
    this.#bytes += row.length;
    this.#take(row, 1);
    const list = this.#listOf(row);
    if (loading) list.push(row);
    else insert(list, row);
  }

  /** Keeps it in memory until then, in the place of the oldest of its kind where there is no room. */
  addBrief(event: SignedEvent, text: string, until: number, writer?: string): void {
    if (this.knows(event.id)) return;
    const row = { ...rowOf(event, { offset: 0, length: text.length }), text, writer };
    row.expiresAt = Math.min(row.expiresAt, until);
    this.#byId.set(row.id, row);
    this.#take(row, 1);
    insert(this.#listOf(row), row);
    const brief = this.#briefOf(row);
    brief.add(row);
    for (let out = brief.surplus; out !== undefined; out = brief.surplus) this.#remove(out);
  }

  /** Removes what has expired, and wraps that are older than this. */
  sweep(now: number, oldestWrap: number): void {
    for (const row of [...this.#byId.values()]) {
      const isOld = row.recipient !== undefined && row.createdAt < oldestWrap;
      if (row.expiresAt <= now || isOld) this.#remove(row);
    }
  }

  /**
   * Removes of the fullest mailboxes what came first, until about this part of all that is in the file has gone: who fills
   * a relay fills few mailboxes more than others, and times are the senders' words. What this author wrote stays.
   */
  giveWay(part: number, spared: string | undefined): void {
    const rowCost = this.#bytes / Math.max(1, this.size);
    const cost = ({ length }: Row): number => length + rowCost;
    const lists = [this.#other, ...this.#byRecipient.values()].map((list) => {
      const rows = list.filter((row) => !isBrief(row) && row.author !== spared);
      return { rows, cost: rows.reduce((sum, row) => sum + cost(row), 0) };
    });
    const level = levelOf(
      lists.map((list) => list.cost),
      2 * this.#bytes * part,
    );
    for (const { rows, cost: whole } of lists) {
      let left = whole;
      for (const row of rows.sort((a, b) => a.offset - b.offset)) {
        if (left <= level) break;
        left -= cost(row);
        this.#remove(row);
      }
    }
  }

  /** Whether this deletion deletes something that is in the file. */
  deletes(event: SignedEvent): boolean {
    return this.#deletable(event).some((row) => !isBrief(row));
  }

  sort(): void {
    for (const list of [this.#other, ...this.#byRecipient.values()]) list.sort(oldestFirst);
  }

  /** Rows that may match, newest first (NIP-01: then lowest id); exact unless `needsBody`. */
  candidates(filter: Filter, reader: Reader, now: number): Row[] {
    const most = needsBody(filter) ? SCAN : filter.limit;
    const found: Row[] = [];
    for (const list of this.#lists(filter, reader)) {
      let taken = 0;
      for (let i = firstAfter(list, filter.until) - 1; i >= 0 && taken < most; i--) {
        const row = list[i]!;
        if (row.createdAt < filter.since) break;
        if (!isVisible(row, reader) || row.expiresAt <= now || !mayMatch(filter, row)) continue;
        found.push(row);
        taken++;
      }
    }
    return found.sort(newestFirst).slice(0, most);
  }

  #lists(filter: Filter, reader: Reader): Row[][] {
    if (filter.ids !== undefined) {
      return [[...filter.ids].flatMap((id) => this.#byId.get(id) ?? []).sort(oldestFirst)];
    }
    const lists: Row[][] = [];
    if (filter.kinds === undefined || filter.kinds.has(WRAP_KIND)) {
      for (const key of filter.tags.get('p') ?? reader.keys) {
        const list = reader.keys.has(key) ? this.#byRecipient.get(key) : undefined;
        if (list !== undefined) lists.push(list);
      }
    }
    if (asksForOther(filter)) lists.push(this.#other);
    return lists;
  }

  /** NIP-09, widened to the recipient: a wrap's author is a one-time key that will never ask. */
  #delete(event: SignedEvent): void {
    for (const row of this.#deletable(event)) {
      if (!isBrief(row)) this.#deleted.add(row.id);
      this.#remove(row);
    }
  }
  #deletable({ pubkey, tags }: SignedEvent): Row[] {
    return tags.flatMap(([name, id]) => {
      const row = name === 'e' && id !== undefined ? this.#byId.get(id) : undefined;
      return row !== undefined && (row.recipient === pubkey || row.author === pubkey) ? [row] : [];
    });
  }

  #remove(row: Row): void {
    if (!this.#byId.delete(row.id)) return;
    row.isGone = true;
    if (isBrief(row)) this.#briefOf(row).remove(row);
    else this.#bytes -= row.length;
    this.#take(row, -1);
    const list = this.#listOf(row);
    // While loading the list is in no order yet.
    const at = list.lastIndexOf(row, firstAfter(list, row.createdAt) - 1);
    list.splice(at === -1 ? list.indexOf(row) : at, 1);
    if (list.length === 0 && row.recipient !== undefined) this.#byRecipient.delete(row.recipient);
    if (row.address !== undefined) this.#addresses.delete(row.address);
  }

  #take({ writer, recipient, length }: Row, sign: 1 | -1): void {
    if (writer === undefined || recipient === undefined) return;
    const before = this.taken(writer, recipient);
    const now = { events: before.events + sign, bytes: before.bytes + sign * length };
    if (now.events > 0) this.#taken.set(`${writer} ${recipient}`, now);
    else this.#taken.delete(`${writer} ${recipient}`);
  }

  #briefOf({ writer }: Row): BriefRows<Row> {
    return writer === undefined ? this.#brief.ofStrangers : this.#brief.ofMembers;
  }

  #listOf(row: Row): Row[] {
    if (row.recipient === undefined) return this.#other;
    const held = this.#byRecipient.get(row.recipient);
    if (held !== undefined) return held;
    const list: Row[] = [];
    this.#byRecipient.set(row.recipient, list);
    return list;
  }
}

/** Whether the index alone cannot decide the filter. */
export const needsBody = (filter: Filter): boolean =>
  filter.authors !== undefined ||
  [...filter.tags.keys()].some((name) => name !== 'p') ||
  (filter.tags.size > 0 && (filter.ids !== undefined || asksForOther(filter)));

const asksForOther = (filter: Filter): boolean =>
  filter.kinds === undefined || [...filter.kinds].some((kind) => !isWrap(kind));

const rowOf = (event: SignedEvent, extent: Extent): Row => {
  const recipient = recipientOf(event);
  const author = recipient === undefined ? event.pubkey : '';
  return {
    ...extent,
    id: event.id,
    kind: event.kind,
    author,
    recipient,
    address: addressOf(event),
    createdAt: event.created_at,
    expiresAt: expiryOf(event),
  };
};

/** The height to which the highest are cut so that this much is cut off in all. */
function levelOf(heights: readonly number[], amount: number): number {
  let sum = 0;
  let count = 0;
  let level = 0;
  for (const height of [...heights].sort((a, b) => b - a)) {
    if (count > 0 && height <= level) break;
    sum += height;
    count++;
    level = (sum - amount) / count;
  }
  return level;
}

const isVisible = (row: Row, reader: Reader): boolean =>
  row.recipient === undefined ? reader.seesOther(row.author) : reader.keys.has(row.recipient);

const mayMatch = (filter: Filter, row: Row): boolean =>
  row.kind !== EPHEMERAL_WRAP_KIND &&
  (filter.kinds === undefined || filter.kinds.has(row.kind)) &&
  (filter.authors === undefined || row.author === '' || filter.authors.has(row.author));

/** NIP-01: of two versions the later stands; at the same second the one with the lower id. */
const replaces = (row: Row, held: Row): boolean =>
  row.createdAt > held.createdAt || (row.createdAt === held.createdAt && row.id < held.id);

const oldestFirst = (a: Row, b: Row): number => a.createdAt - b.createdAt || (a.id < b.id ? 1 : -1);
const newestFirst = (a: Row, b: Row): number => oldestFirst(b, a);

/** Index of the first row later than the time, in a list sorted oldest first. */
function firstAfter(list: readonly Row[], time: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.createdAt <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function insert(list: Row[], row: Row): void {
  let at = firstAfter(list, row.createdAt);
  while (at > 0 && oldestFirst(list[at - 1]!, row) > 0) at--;
  list.splice(at, 0, row);
}
