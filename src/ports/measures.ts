/** What a serving process takes of its machine. */

export type Measures = {
  residentBytes: number;
  cpuSeconds: number;
  /** Unix seconds. */
  startedAt: number;
  /** How late the event loop was in the last whole minute, in seconds: the middle, one of a hundred, the worst. */
  loopDelay: { median: number; high: number; most: number };
  ledgerBytes: number;
  /** Numbers of the last ledger line that was folded, and of the last in the file of the projection. */
  folded: number;
  saved: number;
};
export type Measure = () => Promise<Measures>;
