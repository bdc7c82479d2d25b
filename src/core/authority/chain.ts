/** A statement of who signs next, and a chain of them, as they are written: `succession.ts` says what they mean, and loads no schema. */
import * as z from 'zod';
import { MAX_SUCCESSIONS } from '../bounds.ts';
import { once } from '../encoding/once.ts';
import { count, hex, list, pubkey, unixSeconds } from '../encoding/schema.ts';

export const succession = once(() =>
  z.strictObject({
    n: z.int().min(1).max(MAX_SUCCESSIONS),
    from: pubkey,
    to: pubkey,
    /** The key that signed it in the place of the one that goes; null where that one did. */
    recovery: pubkey.nullable(),
    /** The last epoch of the key that goes, as far as the home that says it knows. */
    epoch: count,
    at: unixSeconds,
    /** By the key that goes, or by the recovery key; and by the one that comes. */
    sig: hex(64),
    proof: hex(64),
  }),
);
export type Succession = z.infer<ReturnType<typeof succession>>;
export const chain = once(() => list(succession(), MAX_SUCCESSIONS));
