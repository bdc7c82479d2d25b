/**
 * The life of one simulated process. A crash is the end of everything it does: it is never woken again, what its ports
 * were asked is never answered, and what it asks afterwards has no effect.
 */
import type { Clock } from '../../src/ports/index.ts';
import type { VirtualClock } from './virtual-clock.ts';

export type ProcessLife = {
  readonly clock: Clock;
  readonly isOver: boolean;
  /** Told when it ends. */
  onEnd(listener: () => void): void;
  /** The port as this process has it: after its end nothing is asked and nothing answered. */
  guard<T extends object>(port: T): T;
  crash(): void;
};

const NEVER = new Promise<never>(() => {});

export const startLife = (time: VirtualClock): ProcessLife => {
  const { clock, stop } = time.forProcess();
  const listeners: (() => void)[] = [];
  let over = false;
  const answer = (value: unknown): unknown =>
    value instanceof Promise
      ? new Promise((resolve, reject) => {
          value.then(
            (result) => over || resolve(result),
            (error) => over || reject(error),
          );
        })
      : value;
  return {
    clock,
    get isOver() {
      return over;
    },
    onEnd: (listener) => void listeners.push(listener),
    guard: (port) =>
      new Proxy(port, {
        get: (target, name) => {
          const member = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => (over ? NEVER : answer(member.apply(target, args)));
        },
      }),
    crash() {
      if (over) return;
      over = true;
      stop();
      for (const listener of listeners) listener();
    },
  };
};
