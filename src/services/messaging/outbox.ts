/** Delivers outgoing lines until their recipient acknowledged them: wraps are made anew, the seal is what is kept. */
import { type InTurn, inTurn } from '../../core/in-slices.ts';
import type { Line } from '../../core/ledger/line.ts';
import type { SignedEvent } from '../../core/nostr/event.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { rowOf } from '../../core/protocol/table.ts';
import type { RelaySession } from '../../ports/index.ts';
import { createDelivery, type Wraps } from './delivery.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';
import { readRow } from './read-event.ts';

const FIRST_RETRY_MS = 1000;
const STORED_RETRY_MS = 3000;
const LAST_RETRY_MS = 300_000;
/** A peer that is heard from all the time does not make everything be sent to it all the time. */
const HURRY_MS = 1000;
/** How old a wrap may be that is given again, and how long a recipient who has it, and is not heard, is left alone. */
const WRAP_AGE_MS = 3_600_000;
const SILENCE_MS = 24 * 3_600_000;
const PAGE = 500;
const AT_ONCE = 16;

type Try = {
  due: number;
  tries: number;
  underWay?: Promise<void> | undefined;
  /** A relay said once that it has it. */
  stored?: boolean;
  wraps: Wraps;
};
export type Outbox = {
  /** Sends what is due now; waits for the relays' answers only so long: a silent relay holds up no other. */
  pump(patienceMs: number): Promise<void>;
  /** Resolves when no attempt is under way any more: who leaves before takes them along. */
  idle(): Promise<void>;
  /** How many messages no relay has said yet to have. */
  unsent(): number;
  /** Whether a relay said to have it. A first attempt may be before any is connected: until the second nothing is known. */
  isRelayed(id: string): boolean | null;
  /** Milliseconds until something is due, or null. */
  nextDue(): number | null;
  /** Makes everything to this recipient due: it was heard from. */
  hurry(recipient: string): void;
  /** It said something: what was left alone because it was silent is given again. */
  heard(recipient: string): void;
  sendSeal(seal: SignedEvent, to: string): Promise<void>;
  /** These were appended by this process: it gives them to relays at once. */
  said(lines: readonly Line[]): void;
};

export const createOutbox = (
  home: Home,
  relay: () => RelaySession,
  take: InTurn = inTurn(home.clock),
): Outbox => {
  const tries = new Map<string, Try>();
  const hurried = new Map<string, number>();
  const seals = new Set<Promise<unknown>>();
  const delivery = createDelivery(home, relay, take);
  const stateOf = (id: string): Try => {
    const known = tries.get(id) ?? { due: 0, tries: 0, wraps: {} };
    tries.set(id, known);
    return known;
  };
  /** What went wrong in an attempt that nobody waited for any more. */
  let failure: { error: unknown } | null = null;
  const attempt = async (row: RowOf<'outbox'>): Promise<void> => {
    const state = stateOf(row.id);
    state.underWay ??= trySend(row, state)
      .catch((error: unknown) => {
        failure = { error };
      })
      .finally(() => {
        state.underWay = undefined;
      });
    await state.underWay;
  };
  const sealOf = (row: RowOf<'outbox'>) => async (): Promise<SignedEvent> => {
    const { seal } = await readRow(home, row);
    if (!seal) throw new Error(`line ${row.line} of the outbox has no seal`);
    return seal;
  };
  const trySend = async (row: RowOf<'outbox'>, state: Try): Promise<void> => {
    const isHello = rowOf(row.type)?.admission === true;
    // A wrap that was seen is not answered again, another one is
    if (rowOf(row.type)?.isLast === true) state.wraps = {};
    const sealed = { seal: sealOf(row), to: row.key, author: isHello ? home.ticket : null };
    const outcomes = await delivery.give(state.wraps, sealed, WRAP_AGE_MS);
    const stored = outcomes.some((one) => one.result === 'stored');
    state.stored ||= stored;
    const base = stored ? STORED_RETRY_MS : FIRST_RETRY_MS;
    const wait = Math.min(LAST_RETRY_MS, base * 2 ** Math.min(state.tries, 10));
    const jitter = 0.75 + (home.random.bytes(1)[0]! / 255) * 0.5;
    state.tries += 1;
    state.due = home.clock.monotonic() + wait * jitter;
    // A copy an hour for somebody who is away for a week would fill relays; who comes back reads the one that is there.
    if (!stored || !isOld(state, wait * jitter)) return;
    state.wraps = {};
    state.due += SILENCE_MS * (jitter + 0.25);
  };
  /** Whether what was given is too old to be given again then. */
  const isOld = (state: Try, inMs: number): boolean => {
    const times = [state.wraps.past, state.wraps.now].flatMap((one) => (one ? [one.at] : []));
    return home.clock.monotonic() + inMs - Math.min(...times) > WRAP_AGE_MS;
  };
  /** Line of the newest row that was met: rows are met in the order of their lines, and read again when they are due. */
  let met = 0;
  /** Up to which line all were met: each line may bring one, or take some away. */
  let looked = -1;
  const folded = (): number => home.tables.get('head', 'ledger')?.n ?? 0;
  const unmet = (limit: number): RowOf<'outbox'>[] =>
    looked === folded() ? [] : home.tables.list('outbox', {}, { order: 'line', after: met, limit });
  /** What came since another process of this home said, which gives it now; unless that was killed meanwhile. */
  const firstDue = (): number =>
    home.kind === 'user' && looked >= 0 ? home.clock.monotonic() + FIRST_RETRY_MS : 0;
  const isOfAnother = (id: string): boolean => {
    const { tries: n = 0, due = 0, underWay } = tries.get(id) ?? {};
    return n === 0 && !underWay && due > home.clock.monotonic();
  };
  const meet = (): void => {
    const last = folded();
    if (looked === last) return;
    const rows = unmet(PAGE);
    for (const { id, line } of rows) {
      if (!tries.has(id)) tries.set(id, { due: firstDue(), tries: 0, wraps: {} });
      met = line;
    }
    if (rows.length < PAGE) looked = last;
    if (tries.size <= 2 * home.tables.count('outbox') + PAGE) return;
    for (const [id, { underWay }] of tries) if (!underWay && !home.tables.get('outbox', id)) tries.delete(id);
  };
  /** A page of what waits longest: a silent recipient holds up nobody. Who acknowledged meanwhile is left out. */
  const due = (): RowOf<'outbox'>[] => {
    meet();
    const now = home.clock.monotonic();
    const waiting = [...tries].filter(([, state]) => !state.underWay && state.due <= now);
    if (waiting.length > PAGE) waiting.sort(([, one], [, other]) => one.due - other.due);
    return waiting.slice(0, PAGE).flatMap(([id, state]) => {
      const row = home.tables.get('outbox', id);
      if (row && !isExpired(home, row)) return [row];
      state.due = Number.POSITIVE_INFINITY;
      return [];
    });
  };
  return {
    async pump(patienceMs) {
      const rows = due();
      for (let i = 0; i < rows.length; i += AT_ONCE)
        await within(home, patienceMs, Promise.all(rows.slice(i, i + AT_ONCE).map((row) => attempt(row))));
      const before = failure;
      failure = null;
      if (before) throw before.error;
    },
    async idle() {
      await Promise.all([...seals, ...[...tries.values()].map((one) => one.underWay)]);
    },
    unsent: () =>
      home.tables
        .list('outbox')
        .filter((row) => !isExpired(home, row) && !tries.get(row.id)?.stored && !isOfAnother(row.id)).length,
    isRelayed(id) {
      const { stored, tries: n = 0 } = tries.get(id) ?? {};
      return stored ? true : n > 1 ? false : null;
    },
    nextDue() {
      if (unmet(1).length > 0) return 0;
      if (tries.size === 0) return null;
      let first = Number.POSITIVE_INFINITY;
      for (const one of tries.values()) if (!one.underWay) first = Math.min(first, one.due);
      return Math.max(0, first - home.clock.monotonic());
    },
    hurry(recipient) {
      const now = home.clock.monotonic();
      if (now - (hurried.get(recipient) ?? Number.NEGATIVE_INFINITY) < HURRY_MS) return;
      hurried.set(recipient, now);
      for (const row of home.tables.list('outbox', { recipient }))
        if (tries.has(row.id)) stateOf(row.id).due = 0;
    },
    heard(recipient) {
      for (const row of home.tables.list('outbox', { recipient })) {
        const state = tries.get(row.id);
        if (state?.stored && !state.wraps.past && !state.wraps.now) state.due = 0;
      }
    },
    said(lines) {
      for (const { dir, event } of lines) if (dir === 'out') stateOf(event.id).due = 0;
    },
    async sendSeal(seal, to) {
      const sent = delivery.pass(seal, to);
      seals.add(sent);
      await sent.finally(() => seals.delete(sent));
    },
  };
};

/** Resolves with the work or when the time is over; the work goes on. */
export const within = async (home: Home, ms: number, work: Promise<unknown>): Promise<void> => {
  const over = new AbortController();
  await Promise.race([work, home.clock.sleep(ms, over.signal)]).finally(() => over.abort('over'));
};

const isExpired = (home: Home, row: RowOf<'outbox'>): boolean =>
  row.expiration !== null && row.expiration <= nowSeconds(home);
