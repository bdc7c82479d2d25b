/** Hops, turns and the path of a task: what ends loops and bombs, whoever delegates to whom. */

import type { Budget } from '../../core/graph/model.ts';

/** `hops` more delegations deep, `turns` more turns in the whole tree below, `path` of names so far. */
export type Allowance = { hops: number; turns: number; path: string[] };

/**
 * What a node may give away of a task in its nth turn: what came with it, less the turns that it took itself, and no more
 * than the graph gives the node. A person wanted each turn after the first.
 */
export const allowed = (given: Allowance, own: Budget = {}, turn = 1): Allowance => ({
  hops: Math.min(given.hops, own.hops ?? given.hops),
  turns: Math.min(given.turns, own.turns ?? given.turns) - turn,
  path: given.path,
});

/**
 * What one delegation gets out of what is left: one hop less, half of the turns but at least one, or all of them where it is handed off, the path with the
 * sender. Null when nothing is left or the recipient had the task before. Counts the allowance down.
 */
export const share = (allowance: Allowance, self: string, to: string, all = false): Allowance | null => {
  if (allowance.hops < 1 || allowance.turns < 1 || self === to || allowance.path.includes(to)) return null;
  const turns = all ? allowance.turns : Math.max(1, Math.floor(allowance.turns / 2));
  allowance.turns -= turns;
  return { hops: allowance.hops - 1, turns, path: [...allowance.path, self] };
};

/** Why a received budget cannot be honest or is used up: checked by the receiver, whatever the sender said. */
export const isExceeded = (budget: Allowance, self: string, sender: string): boolean =>
  budget.turns < 1 || budget.path.includes(self) || budget.path.at(-1) !== sender;
