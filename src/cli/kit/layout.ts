/** Where the package lies, which command files it runs and how one is loaded: built ones, or the sources under `bin/dev.js`. */
export type Layout = {
  root: string;
  commands: string;
  extension: '.js' | '.ts';
  /** Whether there is such a file. */
  has(path: string): boolean;
  load(path: string): unknown;
};
