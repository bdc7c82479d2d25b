/**
 * Stores of a runner are looked after: commits go that nobody may ask for any more, and objects that nothing holds then. What a
 * turn made stays while its session is open, while its approval is good, and for two weeks in any case.
 */
import { KEPT_WORK } from '../../core/bounds.ts';
import { EntangleError } from '../../core/errors.ts';
import { type Home, nowSeconds } from '../messaging/home.ts';
import type { Runner } from './runner.ts';

/** Commits by what becomes of them, as the record says: published ones are at their remote. */
const commitsOf = (
  { tables }: Pick<Home, 'tables'>,
  now: number,
): { needed: Set<string>; published: Set<string> } => {
  const [needed, published] = [new Set<string>(), new Set<string>()];
  for (const { session, artifact, approval, base, commit_id: commit, expires } of tables.list('turns')) {
    const until = Math.max(expires, tables.get('approvals', approval)?.expires ?? 0);
    const isOpen = tables.get('sessions', session)?.open === 1;
    const isPublished = tables.get('artifacts', artifact)?.state === 'published';
    if (commit !== null && isPublished) published.add(commit);
    // Base too: what is kept of a change is sent as what it adds to that
    if (isOpen || (!isPublished && commit !== null && until > now))
      for (const one of [base, commit]) if (one !== null) needed.add(one);
  }
  return { needed, published };
};

/** Of whatever a store holds: since when, in seconds. `isFull`: no commit is kept for its age alone. */
export const keeperOf = (
  home: Pick<Home, 'tables'>,
  now: number,
  isFull = false,
): ((commit: string, since: number) => boolean) => {
  const { needed, published } = commitsOf(home, now);
  return (commit, since) => {
    const age = now - since;
    // A turn that runs may have begun at it
    if (needed.has(commit) || age < KEPT_WORK.least) return true;
    return !isFull && !published.has(commit) && age < KEPT_WORK.seconds;
  };
};

export type StoreCare = {
  /** Begins it where it is due, and waits for nothing. */
  look(): void;
  /** Resolves when what is under way is over. */
  ended(): Promise<void>;
};

/** At the start, and each hour: a store that is used at that moment has its turn the next time that it is looked at. */
export const createStoreCare = (runner: Runner): StoreCare => {
  const { home, git, gate } = runner;
  const due = new Map<string, number>();
  let at = Number.NEGATIVE_INFINITY;
  let working: Promise<void> | null = null;

  const tidy = async (store: string): Promise<void> => {
    const isDone = await gate
      .clean(store, async () => {
        const { dropped } = await git.tidy(store, keeperOf(home, nowSeconds(home)), false);
        for (const commit of dropped) home.log('info', `commit ${commit} is not kept any more in ${store}`);
      })
      .catch((error: unknown) => {
        if (!(error instanceof EntangleError)) throw error;
        home.log('warning', `${store} could not be tidied: ${error.message}`);
        return true;
      });
    if (isDone) due.delete(store);
  };
  const work = async (): Promise<void> => {
    const now = home.clock.monotonic();
    if (now - at >= KEPT_WORK.everyMs) {
      at = now;
      for (const store of await runner.stores()) due.set(store, now);
    }
    for (const store of [...due.keys()]) await tidy(store);
  };
  return {
    look() {
      const isDue = due.size > 0 || home.clock.monotonic() - at >= KEPT_WORK.everyMs;
      if (working !== null || !isDue) return;
      working = work()
        .catch((error: unknown) => home.log('error', error instanceof Error ? error.message : String(error)))
        .finally(() => {
          working = null;
        });
    },
    async ended() {
      await working;
    },
  };
};
