/** What is asked of one commit of a range is read of those that follow it, too, within bounds that no repository of others moves. */

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
  most = AHEAD,
): ((commit: string) => Promise<ReadonlyMap<string, T>>) => {
  let last: Read<T> = { commits: [], found: new Map() };
  return async (commit) => {
    if (!last.commits.includes(commit)) {
      const at = listed().indexOf(commit);
      last = await ofFewer(load, at < 0 ? [commit] : listed().slice(at, at + most));
    }
    return last.found;
  };
};
