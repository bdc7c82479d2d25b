/** Lines in a terminal: keys go to the one store, and what became of the screen is appended. */

import { StringDecoder } from 'node:string_decoder';
import type { Theme } from '../../core/command-words.ts';
import { type Alerts, tellNews } from '../alerts.ts';
import type { Size } from '../frame/box.ts';
import type { Printed, Surface } from '../state.ts';
import { createStore, type ScreenSource } from '../store.ts';
import { createAppender } from './append.ts';
import { mayBeEscape, readKeys, restAsKey, START_READING } from './key-reader.ts';
import { appendedLines, printedLines, startLines } from './lines.ts';

const TICK_MS = 1_000;
/** So long the bytes of one key may take. */
const ESCAPE_MS = 50;

export type LinesOptions = {
  source: ScreenSource;
  alerts: Alerts;
  surface: Exclude<Surface, 'full'>;
  /** With a line below that is rewritten; without it nothing that is written moves a cursor. */
  hasLive: boolean;
  theme: Theme;
  /** Aborts when the process is told to end. */
  signal: AbortSignal;
  /** Gives whom to tell what would have gone to stderr. */
  onSaid(tell: (text: string) => void): void;
  stdout: NodeJS.WriteStream;
  stdin: NodeJS.ReadStream;
};

const sizeOf = ({ columns, rows }: NodeJS.WriteStream): Size => ({ width: columns, height: rows });

/** Keys as they come, until it is called off. */
const listen = (
  stdin: NodeJS.ReadStream,
  now: () => number,
  send: (event: ReturnType<typeof readKeys>['events'][number]) => void,
): (() => void) => {
  const decoder = new StringDecoder('utf8');
  let reading = START_READING;
  let isLater = false;
  let timer: NodeJS.Timeout | undefined;
  const take = (read: ReturnType<typeof readKeys>) => {
    reading = read.reading;
    read.events.forEach(send);
  };
  const onData = (data: Buffer) => {
    clearTimeout(timer);
    // What was there to be read at once comes before this, and what is appended for it after
    setImmediate(() => {
      isLater = false;
    });
    take(readKeys(reading, decoder.write(data), isLater, now()));
    isLater = true;
    if (mayBeEscape(reading)) timer = setTimeout(() => take(restAsKey(reading)), ESCAPE_MS);
  };
  // What is typed from here on is echoed by nobody but us
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.resume();
  return () => {
    clearTimeout(timer);
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
};

/** Resolves when the person leaves or the signal aborts, true where Ctrl-C did it; the terminal is then as it was. */
export const showLines = async (options: LinesOptions): Promise<boolean> => {
  const { source, surface, hasLive, signal, stdout, stdin } = options;
  if (signal.aborted) return false;
  const over = new AbortController();
  let isInterrupted = false;
  let failure: unknown;
  const leave = () => over.abort();
  const fail = (error: unknown) => {
    failure ??= error;
    leave();
  };
  const out = createAppender({
    ...{ stdout, hasLive, theme: options.theme, now: source.now },
    onTaken({ approval }, drawn) {
      // Of another answer to the same question nothing was shown
      if (store.screen().approval?.view === approval?.view && !over.signal.aborted) store.send(drawn);
    },
  });
  const print = (what: Printed) => {
    const screen = store.screen();
    out.append(printedLines(screen, what, source.now()), screen);
  };
  const store = createStore(
    source,
    { size: sizeOf(stdout), surface },
    {
      quit(isInterrupt) {
        isInterrupted = isInterrupt;
        leave();
      },
      redraw: () => print('pane'),
      print,
      // No key of lines asks for these
      page: async () => undefined,
      edit: async (text) => text,
      copy() {},
    },
  );
  tellNews(store, options.alerts, stdout, hasLive);
  signal.addEventListener('abort', leave, { once: true });
  let { told, lines } = startLines(store.screen(), source.now(), hasLive);
  const deafen = listen(stdin, source.now, (event) => store.send(event));
  out.append(lines, store.screen());
  const resized = () => store.send({ what: 'resize', size: sizeOf(stdout) });
  stdout.on('resize', resized);
  const stop = store.onChange((change) => {
    ({ told, lines } = appendedLines(told, change, source.now(), hasLive));
    out.append(lines, change.after);
  });
  options.onSaid((text) => store.send({ what: 'said', text }));
  store.send({ what: 'mounted' });
  const tick = setInterval(() => store.send({ what: 'tick' }), TICK_MS);
  // What goes wrong there ends it first, and is told below
  const telling = source.subscribe(over.signal, store.news).catch(fail);
  await new Promise<void>((resolve) =>
    over.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  clearInterval(tick);
  stop();
  stdout.off('resize', resized);
  out.end();
  deafen();
  await telling;
  if (failure !== undefined) throw failure;
  return isInterrupted;
};
