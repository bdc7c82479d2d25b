/** What agents tell of the tokens and the cost of their turns: their claim, in whole numbers that can be added. */
import * as z from 'zod';
import { MAX_USAGE } from '../bounds.ts';
import { once } from '../encoding/once.ts';
import { matching } from '../encoding/schema.ts';
import { CURRENCY } from '../grammars.ts';

const cost = once(() =>
  z.strictObject({
    currency: matching(CURRENCY),
    micros: z.int().min(0).max(MAX_USAGE.micros).describe('millionths'),
  }),
);
export const turnUsage = once(() =>
  z.strictObject({
    tokens: z.int().min(0).max(MAX_USAGE.tokens).describe('in the context of the agent when the turn ended'),
    cost: cost().optional(),
  }),
);
export type TurnUsage = z.infer<ReturnType<typeof turnUsage>>;

const MICROS = 1_000_000;
type Told = { used: number; cost?: { amount: number; currency: string } | null | undefined };
export const usageTold = ({ used: tokens, cost }: Told): TurnUsage =>
  cost ? { tokens, cost: { currency: cost.currency, micros: Math.round(cost.amount * MICROS) } } : { tokens };

/** Agents tell the cost of their session: of the turns before in the same one it is no cost of this. */
export const usageSince = (told: TurnUsage, before: TurnUsage | undefined): TurnUsage => {
  const { tokens, cost } = told;
  if (!cost || before?.cost?.currency !== cost.currency) return told;
  return { tokens, cost: { ...cost, micros: Math.max(0, cost.micros - before.cost.micros) } };
};

/** What the session stands at after a turn: whatever that turn did not tell is as it was before. */
export const usageAfter = (
  told: TurnUsage | undefined,
  before: TurnUsage | undefined,
): TurnUsage | undefined => (told && before ? { ...before, ...told } : (told ?? before));

/** Currencies that a sum names. */
const MOST_CURRENCIES = 8;
export const usageSum = once(() =>
  z.object({
    turns: z.int().describe('whose agents told something'),
    tokens: z.int(),
    costs: z.array(cost()).describe('the first by their names'),
  }),
);
export type UsageSum = z.infer<ReturnType<typeof usageSum>>;

const plus = (one: number, other: number): number => Math.min(one + other, Number.MAX_SAFE_INTEGER);
export const sumUsage = (all: Iterable<TurnUsage>): UsageSum => {
  let [turns, tokens] = [0, 0];
  const costs = new Map<string, number>();
  for (const one of all) {
    turns += 1;
    tokens = plus(tokens, one.tokens);
    if (one.cost) costs.set(one.cost.currency, plus(costs.get(one.cost.currency) ?? 0, one.cost.micros));
  }
  const named = [...costs].map(([currency, micros]) => ({ currency, micros }));
  named.sort((a, b) => (a.currency < b.currency ? -1 : 1));
  return { turns, tokens, costs: named.slice(0, MOST_CURRENCIES) };
};

const costText = ({ currency, micros }: z.infer<ReturnType<typeof cost>>): string =>
  `${micros / MICROS} ${currency}`;
/** For people. */
export const usageText = ({ tokens, cost }: TurnUsage): string =>
  [`${tokens} tokens`, ...(cost ? [costText(cost)] : [])].join(', ');
export const usageSumText = ({ turns, tokens, costs }: UsageSum): string | null =>
  turns === 0 ? null : [`${turns} turns told ${tokens} tokens`, ...costs.map(costText)].join(', ');
