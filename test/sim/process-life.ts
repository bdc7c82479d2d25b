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
  /** As SIGSTOP: it is not woken and takes nothing until it is let go on; what it asked of others goes on. */
  freeze(): void;
  thaw(): void;
  /** Until it is let go on; null while it runs. */
  readonly pause: Promise<void> | null;
};

const NEVER = new Promise<never>(() => {});

export const startLife = (time: VirtualClock): ProcessLife => {
  const { clock, stop, hold, release } = time.forProcess();
  const listeners: (() => void)[] = [];
  let over = false;
  let pause: Promise<void> | null = null;
  let goOn = () => {};
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
    get pause() {
      return pause;
    },
    freeze() {
      hold();
      pause = new Promise((resolve) => {
        goOn = resolve;
      });
    },
    thaw() {
      pause = null;
      release();
      goOn();
    },
    crash() {
      if (over) return;
      over = true;
      stop();
      for (const listener of listeners) listener();
    },
  };
};
