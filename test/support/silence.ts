/** What was heard last of each file of a run, and for how many looks in a row nothing was. */
export type Silence = {
  heard(file: string, what: string): void;
  ended(file: string): void;
  /** Something was heard, of no file. */
  broken(): void;
  /** The files that have not ended, when nothing was heard since so many looks. */
  look(): string[] | null;
};

export const createSilence = (limit: number): Silence => {
  const last = new Map<string, string>();
  let looks = 0;
  const broken = () => {
    looks = 0;
  };
  return {
    broken,
    heard(file, what) {
      last.set(file, what);
      broken();
    },
    ended(file) {
      last.delete(file);
      broken();
    },
    look() {
      looks += 1;
      return looks < limit ? null : [...last].map(([file, what]) => `${file}, where last ${what}`);
    },
  };
};
