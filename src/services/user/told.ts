/** What is told once, to somebody who looks elsewhere. */
import type { WatchedSubject } from '../../core/vocabulary.ts';

type Thing = { id: string; kind: WatchedSubject };

type Told = {
  /** Those that were not told yet. */
  fresh<T extends Thing>(there: readonly T[]): T[];
  add(one: Thing): void;
};

/** An agent that was muted and went on may be muted again: that is news. All else is told once, whether it goes or not. */
export const makeTold = (): Told => {
  const told = new Map<string, Thing>();
  return {
    fresh(there) {
      const ids = new Set(there.map(({ id }) => id));
      for (const { id, kind } of told.values()) if (kind === 'muted' && !ids.has(id)) told.delete(id);
      return there.filter(({ id }) => !told.has(id));
    },
    add(one) {
      told.set(one.id, one);
    },
  };
};
