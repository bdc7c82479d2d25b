/** The screen in a terminal: Ink draws the lines of the picture and reads the keys; everything else is in the store. */
import { Box, render, Text, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactElement, useEffect, useRef, useSyncExternalStore } from 'react';
import { ansiLine } from './ansi.ts';
import type { Size } from './frame/box.ts';
import { keyNames } from './key-names.ts';
import { pictureOf } from './picture.ts';
import type { Screen } from './state.ts';
import { createStore, type ScreenSource, type Store } from './store.ts';

/** At most so often a second is anything drawn. */
const FRAMES = 20;
const TICK_MS = 1_000;
const ERASE = '\u001b[2J\u001b[H';

/** The screen whose lines Ink was given last. */
type Given = { screen: Screen | null };
type Look = {
  store: Store;
  now: () => number;
  isColoured: boolean;
  given: Given;
  redraw: () => void;
};

const App = ({ store, now, isColoured, given, redraw }: Look): ReactElement => {
  const screen = useSyncExternalStore(store.onChange, store.screen);
  // Not in an effect: Ink draws while React commits, which is before effects run
  given.screen = screen;
  const { columns, rows } = useWindowSize();
  useEffect(() => {
    const { size } = store.screen();
    if (size.width === columns && size.height === rows) return;
    store.send({ what: 'resize', size: { width: columns, height: rows } });
    redraw();
  }, [store, redraw, columns, rows]);
  useEffect(() => store.send({ what: 'mounted' }), [store]);
  const isLater = useRef(false);
  useInput((input, key) => {
    const names = keyNames(input, key);
    // More than a hand types at once was pasted
    if (names === null) store.send({ what: 'paste', text: input });
    else
      for (const name of names) {
        store.send({ what: 'key', key: name, together: isLater.current });
        isLater.current = true;
      }
    // Ink gives what it read in one piece in one go
    setImmediate(() => {
      isLater.current = false;
    });
  });
  usePaste((text) => store.send({ what: 'paste', text }));
  const lines = pictureOf(screen, now());
  return (
    <Box flexDirection="column" width={screen.size.width} height={screen.size.height}>
      {lines.map((line, row) => (
        <Text key={row} wrap="truncate">
          {ansiLine(line, isColoured)}
        </Text>
      ))}
    </Box>
  );
};

export type ScreenOptions = {
  source: ScreenSource;
  /** Aborts when the process is told to end. */
  signal: AbortSignal;
  isColoured: boolean;
  /** Gives whom to tell what would have gone to stderr, which would break the picture. */
  onSaid(tell: (text: string) => void): void;
  stdout: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
};

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): Size => ({ width: columns, height: rows });

/** Resolves when the person leaves or the signal aborts, true where Ctrl-C did it; the terminal is then as it was. */
export const showScreen = async (options: ScreenOptions): Promise<boolean> => {
  const { source, signal, stdout, stdin } = options;
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
    app.clear();
    stdout.write(ERASE);
    store.send({ what: 'redraw' });
  };
  const store = createStore(
    source,
    { size: sizeOf(stdout), surface: 'full' },
    {
      redraw,
      // A frame shows all there is by itself
      print() {},
      quit(isInterrupt) {
        isInterrupted = isInterrupt;
        leave();
      },
    },
  );
  options.onSaid((text) => store.send({ what: 'said', text }));
  const given: Given = { screen: null };
  /** A frame that the next one overtook before it was written was not shown to anybody. */
  const drawn = async () => {
    const { screen } = given;
    if (!screen?.approval?.view || screen.isHelp) return;
    await Promise.resolve();
    await app.waitUntilRenderFlush();
    const { approval, size } = screen;
    if (given.screen === screen) store.send({ what: 'drawn', id: approval.id, top: approval.top, size });
  };
  if (signal.aborted) return false;
  signal.addEventListener('abort', leave, { once: true });
  // What is typed from here on is not echoed into the first frame
  stdin.setRawMode(true);
  const app = render(
    <App store={store} now={source.now} isColoured={options.isColoured} given={given} redraw={redraw} />,
    {
      stdout,
      stdin,
      alternateScreen: true,
      incrementalRendering: true,
      interactive: true,
      maxFps: FRAMES,
      exitOnCtrlC: false,
      patchConsole: false,
      onRender: () => void drawn().catch(fail),
    },
  );
  over.signal.addEventListener('abort', () => app.unmount(), { once: true });
  const tick = setInterval(() => store.send({ what: 'tick' }), TICK_MS);
  // What goes wrong there ends the screen first, and is told on the terminal as it was
  const telling = source.subscribe(over.signal, store.news).catch(fail);
  try {
    await app.waitUntilExit();
  } finally {
    clearInterval(tick);
    leave();
    stdin.setRawMode(false);
    await telling;
  }
  if (failure !== undefined) throw failure;
  return isInterrupted;
};
