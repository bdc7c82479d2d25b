/** What an operator decided about where a node runs, and about what. */
import * as z from 'zod';
import { once } from '../encoding/once.ts';
import { count, name } from '../encoding/schema.ts';
import { PLACEMENT_DECISIONS } from '../vocabulary.ts';

export const placementView = once(() =>
  z.object({
    node: name,
    decision: z.enum(PLACEMENT_DECISIONS),
    from: name.nullable().describe('the runner that it leaves'),
    runner: name.nullable().describe('the runner that it goes to'),
    fence: count.describe('of what it leaves: what it gets afterwards has a higher one'),
  }),
);
export type PlacementView = z.infer<ReturnType<typeof placementView>>;

/** What is decided is about what was seen: of two who look at the same time only one decides. */
export const seenPlacement = {
  fence: count.describe('the highest that the node has; another one is a conflict'),
  decisions: count.describe('how often operators decided where it runs; another number is a conflict'),
};
