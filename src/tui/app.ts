/** The person's screen in a terminal: the shell draws the lines of the picture, everything else is in the store. */
import { type Alerts, tellNews } from './alerts.ts';
import { copying } from './ansi.ts';
import { hidesChange } from './layout.ts';
import { pictureOf } from './picture.ts';
import type { FullScreen } from './shell/full-screen.ts';
import { mountScreen } from './shell/mount.ts';
import type { Screen } from './state.ts';
import { createStore, type ScreenSource, type Store } from './store.ts';

export type ScreenOptions = Pick<FullScreen<Screen>, 'first' | 'signal' | 'theme' | 'stdout' | 'stdin'> & {
  source: ScreenSource;
  alerts: Alerts;
  /** Gives whom to tell what would have gone to stderr, which would break the picture. */
  onSaid(tell: (text: string) => void): void;
};

/** Resolves when the person leaves or the signal aborts, true where Ctrl-C did it; the terminal is then as it was. */
export const showScreen = ({ source, alerts, onSaid, ...terminal }: ScreenOptions): Promise<boolean> => {
  let store: Store;
  return mountScreen<Screen>({
    ...terminal,
    store(size, effects) {
      // A frame shows all there is by itself
      const page = (text: string) => effects.lend((signal) => source.page(text, signal));
      const edit = async (text: string): Promise<string> => {
        let written = text;
        await effects.lend(async (signal) => {
          written = await source.edit(text, signal);
        });
        return written;
      };
      const copy = (text: string) => void terminal.stdout.write(copying(text));
      store = createStore(source, { size, surface: 'full' }, { ...effects, print() {}, page, edit, copy });
      onSaid((text) => store.send({ what: 'said', text }));
      tellNews(store, alerts, terminal.stdout);
      return store;
    },
    draw: (screen) => pictureOf(screen, source.now()),
    beside: (signal) => source.subscribe(signal, store.news),
    /** A frame that the next one overtook before it was written was not shown to anybody. */
    async drawn(screen, isOut) {
      if (!screen.approval?.view || hidesChange(screen)) return;
      const out = await isOut();
      if (!out?.approval) return;
      const { approval, size } = out;
      store.send({ what: 'drawn', id: approval.id, top: approval.top, size });
    },
  });
};
