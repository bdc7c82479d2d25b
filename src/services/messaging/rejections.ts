/** Counts what was refused, by reason and proven signer, and writes the counts down now and then. */
import { composeRecord } from '../../core/protocol/compose.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import { signingKeyOf } from './authority.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';
import { hourly } from './log-lines.ts';

type Item = RecordBody<'rejects.counted'>['items'][number];
export type Rejections = {
  count(reason: string, signer: string | null): void;
  /** How often this was counted and is not written down yet. */
  pending(reason: string, signer: string | null): number;
  /** What is counted and not written down yet. */
  counted(): readonly Item[];
  /** Writes down what is due, at most once a second; the last time everything. Whether anything was. */
  flush(last?: boolean): Promise<boolean>;
};

/** Something new is written down within a second, so that an operator sees it after a crash too. */
const FLUSH_MS = 1000;
/** What goes on is written down once an hour: a flood costs a line an hour, and at most its last hour is lost with the process. */
const AGAIN_MS = 3_600_000;
/** Counts that one line holds. */
const A_LINE = 64;
/** Reasons of proven signers that are counted between two lines. */
const MAX_COUNTED = 1024;

/** Rows are bounded: one a reason for all strangers together, and 1024 at a time for proven signers. */
export const createRejections = (home: Home): Rejections => {
  const tellRefused = refusals(home);
  let pending = new Map<string, Item>();
  const writtenAt = new Map<string, number>();
  let flushedAt = Number.NEGATIVE_INFINITY;
  const isRecent = (key: string, now: number): boolean =>
    now - (writtenAt.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS;
  return {
    count(reason, signer) {
      const now = nowSeconds(home);
      const key = `${reason} ${signer ?? ''}`;
      const before = pending.get(key);
      if (before) pending.set(key, { ...before, count: before.count + 1, last: now });
      else if (pending.size < MAX_COUNTED || signer === null)
        pending.set(key, { reason, signer, count: 1, first: now, last: now });
    },
    pending: (reason, signer) => pending.get(`${reason} ${signer ?? ''}`)?.count ?? 0,
    counted: () => [...pending.values()],
    async flush(last = false) {
      const now = home.clock.monotonic();
      if (pending.size === 0 || (!last && now - flushedAt < FLUSH_MS)) return false;
      const due = [...pending].filter(([key]) => last || !isRecent(key, now));
      if (due.length === 0) return false;
      flushedAt = now;
      const kept = new Set(due.map(([key]) => key));
      pending = new Map([...pending].filter(([key]) => !kept.has(key)));
      for (const key of writtenAt.keys()) if (!isRecent(key, now)) writtenAt.delete(key);
      for (const key of kept) writtenAt.set(key, now);
      const items = due.map(([, item]) => item);
      await home.ledger.append(() =>
        Array.from({ length: Math.ceil(items.length / A_LINE) }, (_, i) => {
          const page = items.slice(i * A_LINE, (i + 1) * A_LINE);
          return { dir: 'local', event: recordOf(home, 'rejects.counted', { items: page }) };
        }),
      );
      tellRefused(items);
      return true;
    },
  };
};

/** Each is counted; of a flood under ever other keys so much is told. */
const LINES_AN_HOUR = 30;

/** People see what is refused of theirs where they look. */
const refusals = (home: Home): ((items: readonly Item[]) => void) => {
  const mayTell = hourly(home, LINES_AN_HOUR);
  const where = home.kind === 'host' ? '`entangle host rejects`' : '`entangle runner status`';
  return (items) => {
    for (const [reason, of] of Map.groupBy(items, (one) => one.reason)) {
      if (home.kind === 'user' || !mayTell()) return;
      const count = of.reduce((sum, one) => sum + one.count, 0);
      home.log(
        'warning',
        `refused: ${reason}, ${count === 1 ? 'a message' : `${count} messages`}; ${where} counts them`,
      );
    }
  };
};

/** A record signed by the home's own key. */
export const recordOf = <T extends Parameters<typeof composeRecord>[1]>(
  home: Home,
  type: T,
  body: RecordBody<T>,
) =>
  composeRecord(home.suite, type, body, {
    secretKey: home.self.secretKey,
    pubkey: signingKeyOf(home.self),
    graph: home.graph,
    createdAt: nowSeconds(home),
    random: home.random.bytes,
  });

export const record = <T extends Parameters<typeof composeRecord>[1]>(
  home: Home,
  type: T,
  body: RecordBody<T>,
): Promise<unknown> => home.ledger.append(() => [{ dir: 'local', event: recordOf(home, type, body) }]);
