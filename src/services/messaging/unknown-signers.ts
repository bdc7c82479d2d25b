/**
 * Wraps of keys that nobody here knows, kept a while: relays deliver in any order, and the routes that name a new peer
 * may come after its first message. A relay gives a wrap once, and its sender may be gone when the routes are here.
 */
import type { Claim } from '../../core/protocol/open.ts';

const MAX_KEPT = 128;
/** Of one claimed key, so that one stranger does not push out all the others. */
const MAX_OF_ONE = 16;

export type UnknownSigners = {
  keep(claim: Claim, text: string): void;
  /** Takes out the texts whose claimed signers are known by now. */
  takeKnown(): string[];
};

/** Bounded, in memory: what is pushed out, or lost with the process, comes again from its sender. */
export const createUnknownSigners = (isKnown: (signer: string, me: string) => boolean): UnknownSigners => {
  const kept = new Map<string, Claim>();
  return {
    keep(claim, text) {
      const same = [...kept].filter(([, { signer }]) => signer === claim.signer);
      const excess = same.length >= MAX_OF_ONE ? same[0] : kept.size >= MAX_KEPT ? [...kept][0] : undefined;
      if (excess) kept.delete(excess[0]);
      kept.set(text, claim);
    },
    takeKnown() {
      const known = [...kept].filter(([, { signer, me }]) => isKnown(signer, me)).map(([text]) => text);
      for (const text of known) kept.delete(text);
      return known;
    },
  };
};
