/** What agents told of their turns. */
import type { TurnUsage } from '../../acp/usage.ts';
import type { BodyOf } from '../../protocol/table.ts';
import type { LedgerMessage } from '../ledger-message.ts';
import type { Tables } from '../rows.ts';

/** A runner that says two things of one turn is heard as the larger, whichever arrives first. */
const isMore = (one: TurnUsage, other: TurnUsage): boolean => {
  if (one.tokens !== other.tokens) return one.tokens > other.tokens;
  const [micros, otherMicros] = [one.cost?.micros ?? -1, other.cost?.micros ?? -1];
  return micros === otherMicros
    ? (one.cost?.currency ?? '') > (other.cost?.currency ?? '')
    : micros > otherMicros;
};

export const reduceUsage = (
  tables: Tables,
  { from: by, body }: LedgerMessage<BodyOf<'turn.observed'>>,
): void => {
  const { session, attempt, turn, usage: told } = body;
  if (told === undefined) return;
  const before = tables.get('turn_usage', session, attempt, turn, by)?.told;
  if (!before || isMore(told, before)) tables.put('turn_usage', { session, attempt, turn, by, told });
};
