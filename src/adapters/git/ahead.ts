/** What is asked of one commit of a range is read of those that follow it, too, within bounds that no repository of others moves. */
import type { readListing } from './entries.ts';

/** Of so many commits the objects, or what stands beside them, are read by one process. */
const AHEAD = 64;
type Read<T> = { commits: readonly string[]; found: ReadonlyMap<string, T> };
type Load<T> = (commits: readonly string[]) => Promise<ReadonlyMap<string, T>>;

/** What cannot be read of several is read of fewer: a commit that is damaged or too large stands in the way of itself alone. */
const ofFewer = async <T>(load: Load<T>, commits: readonly string[]): Promise<Read<T>> => {
  try {
    return { commits, found: await load(commits) };
  } catch (error) {
    if (commits.length === 1) throw error;
    return ofFewer(load, commits.slice(0, commits.length >> 1));
  }
};

export const aheadOf = <T>(
  listed: () => readonly string[],
  load: Load<T>,
): ((commit: string) => Promise<ReadonlyMap<string, T>>) => {
  let last: Read<T> = { commits: [], found: new Map() };
  return async (commit) => {
    if (!last.commits.includes(commit)) {
      const at = listed().indexOf(commit);
      last = await ofFewer(load, at < 0 ? [commit] : listed().slice(at, at + AHEAD));
    }
    return last.found;
  };
};

type List = typeof readListing;
/** Rows of trees that are kept of them all: about 300 bytes each. */
export const ROWS_AHEAD = 200_000;

/** Of commits in a row, the second is the first of the next pair, and each is compared twice. */
export const remembering = (look: List, most = ROWS_AHEAD): List => {
  const known = new Map<string, { found: ReturnType<List>; rows: number }>();
  return async (store, commit) => {
    const row = known.get(commit) ?? { found: look(store, commit), rows: 0 };
    known.delete(commit);
    known.set(commit, row);
    const entries = await row.found;
    row.rows = entries.length + 1;
    let held = 0;
    for (const { rows } of known.values()) held += rows;
    for (const [oldest, { rows }] of known) {
      if (held <= most) break;
      known.delete(oldest);
      held -= rows;
    }
    return entries;
  };
};

const LISTED_AT_ONCE = 4;
/** Lists as many as are held together beside a pair of others; by several processes at once, as most of the time of each is its start. */
export const listedAhead = async (
  list: List,
  store: string,
  commits: readonly string[],
  most = ROWS_AHEAD / 2,
): Promise<readonly string[]> => {
  let rows = 0;
  for (let at = 0; at < commits.length; at += LISTED_AT_ONCE) {
    const next = commits.slice(at, at + LISTED_AT_ONCE);
    for (const entries of await Promise.all(next.map((one) => list(store, one)))) rows += entries.length + 1;
    if (rows > most) return commits.slice(0, at);
  }
  return commits;
};
