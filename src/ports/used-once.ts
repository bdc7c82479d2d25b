/** What is good once. */

/** Remembers what was used for as long as it could be used again, over a crash too. */
export interface UsedOnce {
  has(use: string): boolean;
  /**
   * True once it is on disk that it is used; false for what was used before, of two at once for one of them. `use` is 32
   * bytes in hex, `until` the Unix second at which it is good no more. `unavailable` while no more can be remembered.
   */
  use(use: string, until: number): Promise<boolean>;
  close(): Promise<void>;
}
