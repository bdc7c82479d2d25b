/** Every error code a person or a script can meet, with its exit code (docs/design.md §13). */
export const EXIT = {
  bug: 1,
  not_authorized: 3,
  conflict: 4,
  denied: 5,
  not_found: 6,
  unavailable: 7,
  invalid: 8,
  usage: 64,
  timed_out: 124,
  interrupted: 130,
} as const;

export type ErrorCode = keyof typeof EXIT;

/** An error that a person can act on: what happened (message), why (cause), what to do (hint). */
export class EntangleError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Structured problems, shown as a list and kept whole with `--json`. */
  readonly details: readonly unknown[] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown; details?: readonly unknown[] } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'EntangleError';
    this.code = code;
    this.hint = options.hint;
    this.details = options.details;
  }
}

/** In one line, where there is no place for a hint of its own. */
export const withHint = ({ message, hint }: EntangleError): string =>
  [message, hint].filter(Boolean).join('; ');

/** The exit code that belongs to anything thrown: what is not an EntangleError is a bug. */
export const exitCodeOf = (error: unknown): number =>
  error instanceof EntangleError ? EXIT[error.code] : EXIT.bug;
