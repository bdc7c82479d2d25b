/** Work that one at a time is enough of: of all sessions together, and of each, so that none holds up the others by much. */

/** Runs `work` when what came before it is over. */
export type InLine = <T>(session: string, work: () => Promise<T>) => Promise<T>;

export const createLine = (): InLine => {
  const lasts = new Map<string, Promise<unknown>>();
  const behind = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const mine = (lasts.get(key) ?? Promise.resolve()).then(work);
    const settled = mine.catch(() => undefined);
    lasts.set(key, settled);
    try {
      return await mine;
    } finally {
      if (lasts.get(key) === settled) lasts.delete(key);
    }
  };
  return (session, work) => behind(session, () => behind('', work));
};
