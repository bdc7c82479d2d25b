/** Signals as an AbortSignal for commands that can end well, and as an immediate exit for those that cannot. */
import { STOPPING_MS } from '../../core/bounds.ts';
import { EXIT } from '../../core/errors.ts';

export type Interruptible = {
  /** Reading it says: I end by myself soon after it aborts. */
  readonly signal: AbortSignal;
  /** The same for a command that only serves: told to stop by SIGTERM or SIGHUP, it did what it was told. */
  readonly servingSignal: AbortSignal;
  /** 128 + the signal's number, 0 for a serving command that was told to stop; null before any signal. */
  readonly exitCode: number | null;
};

const exitCodes = { SIGINT: EXIT.interrupted, SIGTERM: 143, SIGHUP: 129 } as const;

/** Set by a process of ours that starts another: number of the descriptor whose end says that its parent is gone. */
export const STOP_WITH = 'ENTANGLE_STOP_WITH';

/** While another program has the terminal, a Ctrl-C there is for it and not for us, as git has it with a pager. */
export const withoutInterrupts = async <T>(work: () => Promise<T>): Promise<T> => {
  const ours = process.rawListeners('SIGINT') as NodeJS.SignalsListener[];
  const ignored = () => undefined;
  process.on('SIGINT', ignored);
  for (const one of ours) process.off('SIGINT', one);
  try {
    return await work();
  } finally {
    for (const one of ours) process.on('SIGINT', one);
    process.off('SIGINT', ignored);
  }
};

const stopAtEndOf = async (descriptor: number, stop: () => void): Promise<void> => {
  const stream =
    descriptor === 0 ? process.stdin : new (await import('node:net')).Socket({ fd: descriptor }).unref();
  stream.on('end', stop).resume();
};

export function interruptible(): Interruptible {
  let controller: AbortController | null = null;
  let exitCode: number | null = null;
  let isServing = false;
  const onSignal = (name: keyof typeof exitCodes): void => {
    const forced = exitCodes[name];
    if (exitCode !== null || controller === null) process.exit(forced);
    exitCode = isServing && name !== 'SIGINT' ? 0 : forced;
    controller.abort();
    setTimeout(() => process.exit(forced), STOPPING_MS.command).unref();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  const stopWith = process.env[STOP_WITH];
  if (stopWith !== undefined) void stopAtEndOf(Number(stopWith), () => onSignal('SIGTERM'));
  const listen = (): AbortSignal => {
    controller ??= new AbortController();
    return controller.signal;
  };
  return {
    get signal() {
      return listen();
    },
    get servingSignal() {
      isServing = true;
      return listen();
    },
    get exitCode() {
      return exitCode;
    },
  };
}
