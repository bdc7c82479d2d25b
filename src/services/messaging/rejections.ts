/** Counts what was refused, by reason and proven signer, and writes the counts down now and then. */
import { composeRecord } from '../../core/protocol/compose.ts';
import type { RecordBody } from '../../core/protocol/messages/records.ts';
import type { Home } from './home.ts';
import { nowSeconds } from './home.ts';

type Item = RecordBody<'rejects.counted'>['items'][number];
export type Rejections = {
  count(reason: string, signer: string | null): void;
  /** How often this was counted and is not written down yet. */
  pending(reason: string, signer: string | null): number;
  /** Writes down what was counted since, at most once a second unless it is the last time. */
  flush(last?: boolean): Promise<void>;
};

/** A flood of rejects costs a ledger line or two a second. */
const FLUSH_MS = 1000;
/** Counts that one line holds, and proven signers that are counted between two. */
const AT_ONCE = 64;

/** Rows are bounded: one a reason for all strangers together, and at most 64 a flush for proven signers. */
export const createRejections = (home: Home): Rejections => {
  let pending = new Map<string, Item>();
  let flushedAt = Number.NEGATIVE_INFINITY;
  return {
    count(reason, signer) {
      const now = nowSeconds(home);
      const key = `${reason} ${signer ?? ''}`;
      const before = pending.get(key);
      if (before) pending.set(key, { ...before, count: before.count + 1, last: now });
      else if (pending.size < AT_ONCE || signer === null)
        pending.set(key, { reason, signer, count: 1, first: now, last: now });
    },
    pending: (reason, signer) => pending.get(`${reason} ${signer ?? ''}`)?.count ?? 0,
    async flush(last = false) {
      const now = home.clock.monotonic();
      if (pending.size === 0 || (!last && now - flushedAt < FLUSH_MS)) return;
      flushedAt = now;
      const items = [...pending.values()];
      pending = new Map();
      await home.ledger.append(() =>
        Array.from({ length: Math.ceil(items.length / AT_ONCE) }, (_, i) => {
          const page = items.slice(i * AT_ONCE, (i + 1) * AT_ONCE);
          return { dir: 'local', event: recordOf(home, 'rejects.counted', { items: page }) };
        }),
      );
    },
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
    graph: home.graph,
    createdAt: nowSeconds(home),
    random: home.random.bytes,
  });

export const record = <T extends Parameters<typeof composeRecord>[1]>(
  home: Home,
  type: T,
  body: RecordBody<T>,
): Promise<unknown> => home.ledger.append(() => [{ dir: 'local', event: recordOf(home, type, body) }]);
