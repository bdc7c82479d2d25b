/** Ink draws the lines of a screen and reads keys for it. Apart from the rest: it takes longer to load than the first frame to draw. */
import { Box, render, Text, useApp, useInput, usePaste, useWindowSize } from 'ink';
import { type ReactElement, useEffect, useRef, useSyncExternalStore } from 'react';
import type { Theme } from '../../core/command-words.ts';
import { ansiLine } from '../ansi.ts';
import type { Size } from '../frame/box.ts';
import { keyNames } from '../key-names.ts';
import type { Draw, Given, ShownStore } from './full-screen.ts';

/** At most so often a second is anything drawn. */
const FRAMES = 20;

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

type Terminal = { stdout: NodeJS.WriteStream; stdin: NodeJS.ReadStream; onRender: () => void };

/** Takes the terminal, until it is unmounted. */
export const mountInk = <S extends { size: Size }>(look: Look<S>, terminal: Terminal) =>
  render(<App {...look} />, {
    ...{ ...terminal, maxFps: FRAMES },
    ...{ alternateScreen: true, incrementalRendering: true, interactive: true },
    ...{ exitOnCtrlC: false, patchConsole: false },
  });
