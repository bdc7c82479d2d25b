/** What is durable: lines and blobs. */
import type { Entry, Line } from '../core/ledger/line.ts';
import type { LedgerMode } from '../core/vocabulary.ts';

/** Append-only, chained, durable (docs/design.md §7). */
export interface Ledger {
  /**
   * Appends what `build` returns. `build` runs synchronously, when every earlier line (this process's and, in a
   * shared home, others') has been given to the follower; its lines are given to the follower before the next
   * `build`. Resolves when they are on disk (fdatasync). Rejects, and refuses everything after, when that failed.
   */
  append(build: () => Entry[]): Promise<Line[]>;
  /** In a shared home: gives the follower what other processes appended. */
  catchUp(): Promise<void>;
  /** Lines from n on, in order. */
  read(from: number): AsyncIterable<Line>;
  readonly head: { n: number; chain: string };
  /**
   * Why nothing can be appended here, though lines can be read: a shared home on a read-only disk, or one that this
   * user may not write. An append of anything rejects with it.
   */
  readonly unwritable: Error | null;
  close(): Promise<void>;
}

export type LedgerOptions = {
  directory: string;
  /** exclusive: this process is the only writer until it closes; shared: a short lock for each append. */
  mode: LedgerMode;
  /** Called for each line with n > `from`, in order: on opening, on append, on catching up. */
  follow: (line: Line) => void;
  from: number;
};

/** `at`: when it was last put, in Unix milliseconds. */
export type KeptBlob = { sha256: string; size: number; at: number };

/** Content-addressed bytes, at most 1 MiB each, durable when `put` resolves. */
export interface Blobs {
  put(bytes: Uint8Array): Promise<string>;
  /** Takes away what a crash left unfinished; all that are here, and who was put last comes last. */
  sweep(): Promise<KeptBlob[]>;
  /** Nothing is wrong where there is none. */
  remove(sha256: string): Promise<void>;
  /** Bytes that were put since this was opened, which cost no look at what is here. */
  readonly written: number;
  /** Checks the digest again on reading; undefined where there is none. */
  get(sha256: string): Promise<Uint8Array | undefined>;
  has(sha256: string): Promise<boolean>;
}
