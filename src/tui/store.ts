/** Holds the one screen, runs its effects, and tells when it is another: everything that happens to it goes through `send`. */
import type { ApprovalView } from '../services/user/approvals.ts';
import type { Live, SessionItem } from '../services/user/live.ts';
import type { Size } from './frame/box.ts';
import { type Screen, type ScreenEffect, type ScreenEvent, startScreen } from './state.ts';
import { update } from './update.ts';

/** The person's node, as the screen needs it. */
export type ScreenSource = {
  now(): number;
  live(): Live;
  session(id: string): SessionItem | null;
  subscribe(signal: AbortSignal, tell: () => void): Promise<void>;
  load(id: string): Promise<ApprovalView>;
  approve(id: string, seen: { shown: string; request: string }): Promise<void>;
  reject(id: string, reason: string): Promise<void>;
  /** An error as people read it. */
  words(error: unknown): { why: string; hint: string | null };
};

export type Store = {
  screen(): Screen;
  send(event: ScreenEvent): void;
  onChange(tell: () => void): () => void;
};

/** What ends and repaints the screen. */
export type Outside = { quit(isInterrupt: boolean): void; redraw(): void };

export const createStore = (source: ScreenSource, size: Size, outside: Outside): Store => {
  let screen = startScreen(size, source.live(), source.now());
  const listeners = new Set<() => void>();
  const looking = (): SessionItem | null => {
    const item = screen.live.items.find((one) => one.id === screen.selected);
    const id = item?.what === 'approval' ? item.session : (item?.id ?? screen.session?.id);
    return id === undefined ? null : source.session(id);
  };
  const send = (event: ScreenEvent): void => {
    const { screen: next, effects } = update(screen, event, source.now());
    const isOther = next !== screen;
    screen = next;
    for (const effect of effects) run(effect);
    if (isOther) for (const tell of listeners) tell();
  };
  const settle = async (id: string, work: () => Promise<ScreenEvent>): Promise<void> => {
    try {
      send(await work());
    } catch (error) {
      const { why, hint } = source.words(error);
      send({ what: 'refused', id, why: hint ? `${why}; ${hint}` : why });
    }
  };
  const run = (effect: ScreenEffect): void => {
    switch (effect.do) {
      case 'quit':
        outside.quit(effect.isInterrupt);
        return;
      case 'redraw':
        outside.redraw();
        return;
      case 'look':
        send({ what: 'live', live: screen.live, session: source.session(effect.session) });
        return;
      case 'load':
        void source.load(effect.id).then(
          (view) => send({ what: 'loaded', id: effect.id, view }),
          (error) => send({ what: 'unverifiable', id: effect.id, ...source.words(error) }),
        );
        return;
      case 'approve': {
        const { id, subjectDigest: shown, request } = effect;
        void settle(id, async () => {
          await source.approve(id, { shown, request });
          return { what: 'decided', id, decision: 'approved' };
        });
        return;
      }
      case 'reject':
        void settle(effect.id, async () => {
          await source.reject(effect.id, effect.reason);
          return { what: 'decided', id: effect.id, decision: 'rejected' };
        });
        return;
    }
  };
  return {
    screen: () => screen,
    send: (event) => {
      // What the read models say goes with what is selected
      if (event.what === 'live') send({ ...event, session: looking() });
      else send(event);
    },
    onChange: (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
};
