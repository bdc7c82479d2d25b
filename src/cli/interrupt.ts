/** Signals as an AbortSignal for commands that can end well, and as an immediate exit for those that cannot. */
import { EXIT } from '../core/errors.ts';

export type Interruptible = {
  /** Reading it says: I end by myself soon after it aborts. */
  readonly signal: AbortSignal;
  /** 130 after SIGINT, 0 after SIGTERM and SIGHUP (a daemon told to stop did as it was told); null before. */
  readonly exitCode: number | null;
};

/** Set by a process of ours that starts another: the end of stdin then says that its parent is gone. */
export const STOP_WITH_STDIN = 'ENTANGLE_STOP_WITH_STDIN';

/** How long a command may take to end before it is ended. */
const graceMs = 15_000;

export function interruptible(): Interruptible {
  let controller: AbortController | null = null;
  let exitCode: number | null = null;
  const onSignal = (name: NodeJS.Signals): void => {
    const isSecond = exitCode !== null;
    exitCode = name === 'SIGINT' ? EXIT.interrupted : 0;
    if (isSecond) process.exit(EXIT.interrupted);
    if (controller === null)
      process.exit(name === 'SIGINT' ? EXIT.interrupted : 128 + (name === 'SIGTERM' ? 15 : 1));
    controller.abort();
    setTimeout(() => process.exit(EXIT.interrupted), graceMs).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  if (process.env[STOP_WITH_STDIN]) process.stdin.on('end', () => onSignal('SIGTERM')).resume();
  return {
    get signal() {
      controller ??= new AbortController();
      return controller.signal;
    },
    get exitCode() {
      return exitCode;
    },
  };
}
