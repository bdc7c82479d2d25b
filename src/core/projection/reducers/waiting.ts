/** Whom a node waits for and has not reached: the newest that its owner says of it. */
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { RowOf, Tables } from '../rows.ts';

type Waits = RowOf<'waits'>;

/** An owner that says two things under one number is heard as one and the same of them, whichever arrives first. */
const isNewer = (one: Waits, other: Waits): boolean => {
  if (one.attempt !== other.attempt) return one.attempt > other.attempt;
  if (one.n !== other.n) return one.n > other.n;
  return JSON.stringify(one.unreached) < JSON.stringify(other.unreached);
};

export const reduceWaiting = (
  tables: Tables,
  { from, at, body }: LedgerMessage<BodyOf<'task.waiting'>>,
): void => {
  const { session, attempt, n } = body;
  // Nobody waits since a time after the word of it
  const unreached = body.unreached.map((one) => ({ ...one, since: Math.min(one.since, at) }));
  const before = tables.get('waits', session, from);
  const row = { session, by: from, attempt, n, unreached };
  if (!before || isNewer(row, before)) tables.put('waits', row);
};
