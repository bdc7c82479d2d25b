/** What a full screen is made of, and what it may ask of its terminal. */
import type { Theme } from '../../core/command-words.ts';
import type { Size } from '../frame/box.ts';
import type { CellLine } from '../frame/line.ts';
import type { FirstFrame } from './first-frame.ts';
import type { Suspend } from './lend.ts';
import type { TerminalEvent } from './terminal-event.ts';

/** The one screen, to which everything happens through `send`. */
export type ShownStore<S extends { size: Size }> = {
  screen(): S;
  send(event: TerminalEvent): void;
  onChange(tell: () => void): () => void;
};

export type Draw<S> = (screen: S) => readonly CellLine[];
/** The screen whose lines Ink was given last, and what hands its terminal over. */
export type Given<S> = { screen: S | null; suspend: Suspend | null };
/** What a store may ask of the terminal. */
export type TerminalEffects = {
  redraw(): void;
  quit(isInterrupt: boolean): void;
  /** Another program has the terminal until the work is done; the signal aborts when the screen is left. */
  lend(work: (signal: AbortSignal) => Promise<void>): Promise<void>;
};

export type FullScreen<S extends { size: Size }> = {
  /** Makes the screen of the terminal's size. */
  store(size: Size, effects: TerminalEffects): ShownStore<S>;
  draw: Draw<S>;
  /** What goes on beside it until the signal aborts; what it throws ends the screen, and is told on the terminal as it was. */
  beside(signal: AbortSignal): Promise<void>;
  /**
   * Called when a frame may be out: `isOut` resolves when it is, with the screen that it shows, or with null where the
   * next one overtook it before it was written.
   */
  drawn?(screen: S, isOut: () => Promise<S | null>): Promise<void>;
  /** Aborts when the process is told to end. */
  /** Painted while what the store needs was being opened; its place is taken. */
  first?: FirstFrame | null;
  signal: AbortSignal;
  theme: Theme;
  stdout: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
};
