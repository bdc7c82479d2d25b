/** Schemas of the grammars and sets of words: what refuses a text says it in their words. */
import * as z from 'zod';
import type { Bounds } from '../bounds.ts';
import {
  COMMIT_ID,
  DURATION,
  GRAPH_ID,
  type Grammar,
  hexOf,
  LABEL_KEY,
  LABEL_VALUE,
  MAX_LABELS,
  MAX_RELAYS,
  MEDIA_TYPE,
  NAME,
  REASON,
  RELAY_URL,
  UUID,
} from '../grammars.ts';
import { isWellFormed } from './bytes.ts';
import { grammarWords } from './grammar.ts';
import { durationMs, formatDuration, LATEST_SECONDS } from './time.ts';

export const matching = (grammar: Grammar) => z.string().regex(grammar.pattern, grammarWords(grammar));

/** Most sizes are asked for in many places, and to make a schema costs a start more than all that it will read with it. */
const ofSize = <S>(make: (size: number) => S): ((size: number) => S) => {
  const made = new Map<number, S>();
  return (size) => {
    const found = made.get(size) ?? make(size);
    made.set(size, found);
    return found;
  };
};

/** Exactly n bytes as lower-case hex. */
export const hex = ofSize((bytes) => matching(hexOf(bytes)));
export const pubkey = hex(32);
export const digest = hex(32);
export const commitId = matching(COMMIT_ID);
export const uuid = matching(UUID);
export const name = matching(NAME);
export const graphId = matching(GRAPH_ID);
export const reason = matching(REASON);
export const mediaType = matching(MEDIA_TYPE);
/** Half a character, which no JSON may carry, is refused before it is signed. */
export const text = ofSize((max) =>
  z.string().check(z.maxLength(max), z.refine(isWellFormed, 'must be whole characters')),
);
export const count = z
  .int()
  .min(0)
  .max(2 ** 48);
export const list = <T extends z.ZodType>(item: T, max: number) => z.array(item).max(max);
/** A duration in whole seconds, as a graph times approvals, turns and agents. */
export const seconds = ({ least, most }: Bounds) =>
  matching(DURATION)
    .refine((text) => (durationMs(text) ?? 1000) % 1000 === 0, 'must be whole seconds')
    .refine((text) => (durationMs(text) ?? least) >= least, `must be at least ${formatDuration(least)}`)
    .refine((text) => (durationMs(text) ?? most) <= most, `must be at most ${formatDuration(most)}`);
/** A time that can be shown. */
export const unixSeconds = z.int().min(0).max(LATEST_SECONDS);
export const relayUrls = z.array(matching(RELAY_URL)).max(MAX_RELAYS);
/** What a runner offers and what a placement asks for: one grammar, so that each can name what the other has. */
export const labels = z
  .record(matching(LABEL_KEY), matching(LABEL_VALUE))
  .refine((all) => Object.keys(all).length <= MAX_LABELS, `must be at most ${MAX_LABELS} labels`);
