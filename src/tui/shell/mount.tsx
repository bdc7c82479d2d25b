/** A full screen in a terminal, whatever is on it: Ink draws lines and reads keys, and the terminal is left as it was. */
import { Box, render, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactElement, useEffect, useRef, useSyncExternalStore } from 'react';
import { EntangleError } from '../../core/errors.ts';
import type { Theme } from '../../core/vocabulary.ts';
import { ansiLine } from '../ansi.ts';
import type { Size } from '../frame/box.ts';
import type { CellLine } from '../frame/line.ts';
import { keyNames } from '../key-names.ts';
import { lend, type Suspend } from './lend.ts';
import type { TerminalEvent } from './terminal-event.ts';

/** At most so often a second is anything drawn. */
const FRAMES = 20;
const TICK_MS = 1_000;
const ERASE = '\u001b[2J\u001b[H';

/** The one screen, to which everything happens through `send`. */
export type ShownStore<S extends { size: Size }> = {
  screen(): S;
  send(event: TerminalEvent): void;
  onChange(tell: () => void): () => void;
};

type Draw<S> = (screen: S) => readonly CellLine[];
/** The screen whose lines Ink was given last, and what hands its terminal over. */
type Given<S> = { screen: S | null; suspend: Suspend | null };
type Look<S extends { size: Size }> = {
  shown: ShownStore<S>;
  draw: Draw<S>;
  theme: Theme;
  given: Given<S>;
  redraw: () => void;
};

const App = <S extends { size: Size }>({ shown, draw, theme, given, redraw }: Look<S>): ReactElement => {
  const screen = useSyncExternalStore(shown.onChange, shown.screen);
  // Not in an effect: Ink draws while React commits, which is before effects run
  given.screen = screen;
  given.suspend = useApp().suspendTerminal;
  const { columns, rows } = useWindowSize();
  useEffect(() => {
    const { size } = shown.screen();
    if (size.width === columns && size.height === rows) return;
    shown.send({ what: 'resize', size: { width: columns, height: rows } });
    redraw();
  }, [shown, redraw, columns, rows]);
  useEffect(() => shown.send({ what: 'mounted' }), [shown]);
  const isLater = useRef(false);
  useInput((input, key) => {
    const names = keyNames(input, key);
    // More than a hand types at once was pasted
    if (names === null) shown.send({ what: 'paste', text: input });
    else
      for (const name of names) {
        shown.send({ what: 'key', key: name, together: isLater.current });
        isLater.current = true;
      }
    // Ink gives what it read in one piece in one go
    setImmediate(() => {
      isLater.current = false;
    });
  });
  usePaste((text) => {
    shown.send({ what: 'paste', text });
    isLater.current = true;
    setImmediate(() => {
      isLater.current = false;
    });
  });
  return (
    <Box flexDirection="column" width={screen.size.width} height={screen.size.height}>
      {draw(screen).map((line, row) => (
        <Text key={row} wrap="truncate">
          {ansiLine(line, theme)}
        </Text>
      ))}
    </Box>
  );
};

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
  signal: AbortSignal;
  theme: Theme;
  stdout: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
};

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): Size => ({ width: columns, height: rows });

/** Resolves when the person leaves or the signal aborts, true where Ctrl-C did it; the terminal is then as it was. */
export const mountScreen = async <S extends { size: Size }>(full: FullScreen<S>): Promise<boolean> => {
  const { signal, stdout, stdin, draw, theme } = full;
  const over = new AbortController();
  let isInterrupted = false;
  let failure: unknown;
  const leave = () => over.abort();
  const fail = (error: unknown) => {
    failure ??= error;
    leave();
  };
  /** Whatever a terminal made of the frame before, as when it became narrower: nothing of it stays. */
  const redraw = () => {
    // All of it is drawn anew when the terminal is ours again
    if (isLent) return;
    app.clear();
    stdout.write(ERASE);
    shown.send({ what: 'redraw' });
  };
  const quit = (isInterrupt: boolean) => {
    isInterrupted = isInterrupt;
    leave();
  };
  const given: Given<S> = { screen: null, suspend: null };
  let lent: Promise<void> = Promise.resolve();
  let isLent = false;
  const lendOut = (work: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const { suspend } = given;
    if (!suspend) throw new EntangleError('bug', 'a key came before there was a screen');
    isLent = true;
    lent = lend(suspend, stdin, () => work(over.signal)).finally(() => {
      isLent = false;
    });
    return lent.finally(() => app.clear());
  };
  const shown = full.store(sizeOf(stdout), { redraw, quit, lend: lendOut });
  const drawn = async () => {
    const { screen } = given;
    if (!screen) return;
    await full.drawn?.(screen, async () => {
      await Promise.resolve();
      await app.waitUntilRenderFlush();
      return given.screen === screen ? screen : null;
    });
  };
  if (signal.aborted) return false;
  signal.addEventListener('abort', leave, { once: true });
  // What is typed from here on is not echoed into the first frame
  stdin.setRawMode(true);
  const app = render(<App {...{ shown, draw, theme, given, redraw }} />, {
    ...{ stdout, stdin, maxFps: FRAMES, onRender: () => void drawn().catch(fail) },
    ...{ alternateScreen: true, incrementalRendering: true, interactive: true },
    ...{ exitOnCtrlC: false, patchConsole: false },
  });
  over.signal.addEventListener('abort', () => app.unmount(), { once: true });
  const tick = setInterval(() => shown.send({ what: 'tick' }), TICK_MS);
  const telling = full.beside(over.signal).catch(fail);
  try {
    await app.waitUntilExit();
  } finally {
    clearInterval(tick);
    leave();
    stdin.setRawMode(false);
    // Another program that has the terminal ends first
    await lent.catch(() => undefined);
    await telling;
  }
  if (failure !== undefined) throw failure;
  return isInterrupted;
};
