/** The operator's screen in a terminal, over the news of a Host. */
import type { AuditEntry, TraceEntry } from '../../core/host-api/shapes.ts';
import type { HostNews } from '../../services/host/watch.ts';
import type { FullScreen, TerminalEffects } from '../shell/full-screen.ts';
import { mountScreen } from '../shell/mount.ts';
import { hostPicture } from './picture.ts';
import { type HostEvent, type HostScreen, startHostScreen } from './state.ts';
import { updateHost } from './update.ts';

export type HostScreenOptions = Pick<FullScreen<HostScreen>, 'signal' | 'theme' | 'stdout' | 'stdin'> & {
  now(): number;
  /** Tells until the signal aborts. */
  watch(signal: AbortSignal, tell: (news: HostNews) => void): Promise<void>;
};

/** Holds the one screen and tells when it is another. */
const storeOf = (first: HostScreen, now: () => number, effects: TerminalEffects) => {
  let screen = first;
  const listeners = new Set<() => void>();
  return {
    screen: () => screen,
    send(event: HostEvent): void {
      const before = screen;
      const step = updateHost(screen, event, now());
      screen = step.screen;
      for (const effect of step.effects)
        if (effect.do === 'quit') effects.quit(effect.isInterrupt);
        else effects.redraw();
      if (step.screen !== before) for (const tell of listeners) tell();
    },
    onChange(tell: () => void) {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
};

/** A Host that has much to stream gives it as many rows at once: they are one event. */
const together = (send: (event: HostEvent) => void) => {
  let traced: TraceEntry[] = [];
  let audited: AuditEntry[] = [];
  let isSoon = false;
  const flush = () => {
    const [entries, acts] = [traced, audited];
    [traced, audited, isSoon] = [[], [], false];
    if (entries.length > 0) send({ what: 'traced', entries });
    if (acts.length > 0) send({ what: 'audited', entries: acts });
  };
  return (news: HostNews): void => {
    if (news.what !== 'traced' && news.what !== 'audited') {
      flush();
      send(news);
      return;
    }
    if (!isSoon) setImmediate(flush);
    isSoon = true;
    if (news.what === 'traced') traced.push(news.entry);
    else audited.push(news.entry);
  };
};

/** Resolves when the operator leaves or the signal aborts, true where Ctrl-C did it; the terminal is then as it was. */
export const showHost = ({ now, watch, ...terminal }: HostScreenOptions): Promise<boolean> => {
  let store: ReturnType<typeof storeOf>;
  return mountScreen<HostScreen>({
    ...terminal,
    store(size, effects) {
      store = storeOf(startHostScreen(size, now()), now, effects);
      return store;
    },
    draw: (screen) => hostPicture(screen, now()),
    beside: (signal) =>
      watch(
        signal,
        together((event) => store.send(event)),
      ),
  });
};
