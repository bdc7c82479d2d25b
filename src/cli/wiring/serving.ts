/** What every process that serves is to the command that started it. */
import type { LogLevel } from '../../core/vocabulary.ts';
import type { KeyOptions } from './key-stores.ts';

export type WireOptions = KeyOptions & {
  log: (level: LogLevel, text: string) => void;
  /** Takes what changes too, where somebody reads the terminal for as long as it serves. */
  tell?: WireOptions['log'] | undefined;
  /** Called when the key is read: nobody is asked anything from then on. */
  unlocked?: (() => Promise<void>) | undefined;
};

export type Serving = {
  /** What it says when it is ready, for people. */
  lines: string[];
  /** Resolves when it ends by itself: with what ended it, or null where that is no fault. */
  ended: Promise<Error | null>;
  close(): Promise<void>;
};
