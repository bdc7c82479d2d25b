/** Other processes of this same executable, all over one home. */

/** A serving process: ends with us, however we end. */
export type ServingProcess = {
  name: string;
  pid: number;
  /** First line it said: what it serves. */
  ready: Record<string, unknown>;
  /** Resolves with its exit code when it ends. */
  ended: Promise<number | null>;
  /** Told each further line, those said before too. */
  onLine(listener: (value: Record<string, unknown>) => void): void;
  stop(): Promise<void>;
};

export interface Processes {
  /** Directory given as --home. */
  readonly home: string;
  /** Runs a command to its end and gives its JSON value; throws its error as if it were ours. */
  run<T>(args: readonly string[], input?: string): Promise<T>;
  /** Starts a serving command; resolves when it says that it serves, throws why it did not. */
  serve(name: string, args: readonly string[]): Promise<ServingProcess>;
  /** Lends our terminal to a command, and gives its exit code; the signal, and our own end, end it. */
  show(args: readonly string[], signal: AbortSignal): Promise<number | null>;
}
