/** A full screen in a terminal, whatever is on it: its first frame at once, then Ink's, and the terminal is left as it was. */
import { EntangleError } from '../../core/errors.ts';
import type { Size } from '../frame/box.ts';
import { paintFirst } from './first-frame.ts';
import type { FullScreen, Given } from './full-screen.ts';
import type { mountInk } from './ink.tsx';
import { lend } from './lend.ts';

const TICK_MS = 1_000;
const ERASE = '\u001b[2J\u001b[H';

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
    if (isLent || app === null) return;
    app.clear();
    stdout.write(ERASE);
    shown.send({ what: 'redraw' });
  };
  const quit = (isInterrupt: boolean) => {
    isInterrupted = isInterrupt;
    leave();
  };
  let app: ReturnType<typeof mountInk> | null = null;
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
    return lent.finally(() => app?.clear());
  };
  const shown = full.store(sizeOf(stdout), { redraw, quit, lend: lendOut });
  const drawn = async () => {
    const { screen } = given;
    if (!screen) return;
    await full.drawn?.(screen, async () => {
      await Promise.resolve();
      await app?.waitUntilRenderFlush();
      return given.screen === screen ? screen : null;
    });
  };
  if (signal.aborted) return false;
  signal.addEventListener('abort', leave, { once: true });
  // What is typed from here on is not echoed into the first frame
  stdin.setRawMode(true);
  const lines = draw(shown.screen());
  const first = full.first ?? paintFirst(stdout, lines, theme);
  if (full.first) first.repaint(lines);
  try {
    const { mountInk } = await import('./ink.tsx');
    if (!over.signal.aborted) {
      first.handOver();
      const onRender = () => void drawn().catch(fail);
      app = mountInk({ shown, draw, theme, given, redraw }, { stdout, stdin, onRender });
    }
  } finally {
    if (app === null) {
      first.takeBack();
      stdin.setRawMode(false);
    }
  }
  if (app === null) return isInterrupted;
  const { unmount, waitUntilExit } = app;
  over.signal.addEventListener('abort', () => unmount(), { once: true });
  const tick = setInterval(() => shown.send({ what: 'tick' }), TICK_MS);
  const telling = full.beside(over.signal).catch(fail);
  try {
    await waitUntilExit();
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
