/** How much one workspace may hold, on its way out and back. */
export type CollectLimits = {
  entries: number;
  /** New files that are still taken where there are more entries: those nearest to the root, which are listed first. */
  some: number;
  /** Characters of all paths together. */
  names: number;
  depth: number;
  bytes: number;
};
export const COLLECT_LIMITS: CollectLimits = {
  entries: 100_000,
  some: 1000,
  names: 32 * 1024 * 1024,
  depth: 64,
  bytes: 512 * 1024 * 1024,
};
/** Rows of trees that are kept in memory, of all trees together: about 300 bytes each. */
export const LISTED_ENTRIES = 30_000;
