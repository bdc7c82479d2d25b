/** Holds the one screen, runs its effects, and tells when it is another: everything that happens to it goes through `send`. */
import type { Steps } from '../core/steps.ts';
import { isAlike } from '../services/user/alike.ts';
import type { GrantTerms } from '../services/user/grants.ts';
import type { Live, SessionItem } from '../services/user/live.ts';
import type { SessionTree } from '../services/user/tree.ts';
import type { Bindings } from './acts.ts';
import { bodyText, preparing } from './approval-body.ts';
import type { AskedChange } from './asked.ts';
import { finding } from './find.ts';
import { selectable, sessionIdOf } from './layout.ts';
import { rowsOf } from './moves.ts';
import {
  type Answer,
  type Printed,
  type Screen,
  type ScreenEffect,
  type ScreenEvent,
  type SeenRequest,
  type Surface,
  startScreen,
} from './state.ts';
import { update } from './update.ts';

/** The person's node, as the screen needs it. */
export type ScreenSource = {
  now(): number;
  notes: readonly string[];
  /** Keys that the person chose. */
  bound: Bindings;
  live(): Live;
  session(id: string): SessionItem | null;
  tree(id: string): SessionTree | null;
  subscribe(signal: AbortSignal, tell: () => void): Promise<void>;
  /** `grant`: with what would be granted of its repeats. */
  load(id: string, grant?: GrantTerms): Promise<AskedChange>;
  approve(id: string, seen: SeenRequest): Promise<void>;
  /** All of its text. */
  question(id: string): Promise<string>;
  reply(question: string, text: string): Promise<void>;
  /** Ends a grant. */
  revoke(id: string): Promise<void>;
  /** Gives the session that it began. */
  ask(agent: string, task: string): Promise<string>;
  cancel(session: string, reason: string): Promise<void>;
  answer(id: string, answer: Answer, reason: string, seen: SeenRequest | null): Promise<void>;
  /** Shows a text in a program of the person that has the terminal meanwhile. */
  page(text: string, signal: AbortSignal): Promise<void>;
  /** Lets the person write a text in a program of theirs, and gives what they made of it. */
  edit(text: string, signal: AbortSignal): Promise<string>;
  /** Does long work so that keys are answered meanwhile. */
  slices<T>(steps: Steps<T>): Promise<T>;
  /** An error as people read it. */
  words(error: unknown): { why: string; hint: string | null };
};

export type Store = {
  screen(): Screen;
  send(event: ScreenEvent): void;
  /** Looks at what changed outside. */
  news(): void;
  onChange(tell: (change: ScreenChange) => void): () => void;
};

/** What happened, and what the screen became by it. */
export type ScreenChange = { before: Screen; event: ScreenEvent; after: Screen };

/** What ends, repaints and lends the screen. */
export type Outside = {
  quit(isInterrupt: boolean): void;
  redraw(): void;
  copy(text: string): void;
  print(what: Printed): void;
  /** Resolves when the terminal is ours again. */
  page(text: string): Promise<void>;
  /** The same, with what was written. */
  edit(text: string): Promise<string>;
};

/** Of what seemed to be alike, what is. */
const compared = async (
  { load }: Pick<ScreenSource, 'load'>,
  { id, alike = [], grant }: Extract<ScreenEffect, { do: 'load' }>,
): Promise<Extract<ScreenEvent, { what: 'loaded' }>> => {
  const [view, others] = await Promise.all([load(id, grant), Promise.all(alike.map((one) => load(one)))]);
  if (view.what !== 'approval') return { what: 'loaded', id, view };
  const same = others.flatMap((one) => (one.what === 'approval' && isAlike(view, one) ? [one] : []));
  const known = new Set<unknown>(same);
  const apart = others.filter((one) => !known.has(one)).map((one) => one.id);
  return {
    ...{ what: 'loaded', id, view: same.length > 0 ? { ...view, alike: same } : view },
    ...(apart.length > 0 ? { apart } : {}),
  };
};

/** With what makes its rows quickly made: a screen shows them when a key is pressed. */
const loaded = async (
  source: Pick<ScreenSource, 'load' | 'slices'>,
  effect: Extract<ScreenEffect, { do: 'load' }>,
  surface: Surface,
): Promise<ScreenEvent> => {
  const event = await compared(source, effect);
  await source.slices(preparing(event.view, surface));
  return event;
};

export const createStore = (
  source: ScreenSource,
  { size, surface }: Pick<Screen, 'size' | 'surface'>,
  outside: Outside,
): Store => {
  let screen = selectable(
    startScreen(size, source.live(), source.now(), {
      surface,
      notes: source.notes,
      bound: source.bound,
    }),
  );
  const listeners = new Set<(change: ScreenChange) => void>();
  const idOf = ({ live, selected, session }: Screen): string | undefined => {
    const item = live.items.find((one) => one.id === selected);
    return item ? (sessionIdOf(item) ?? undefined) : session?.id;
  };
  const sessionOf = (of: Screen): SessionItem | null => {
    const id = idOf(of);
    return id === undefined ? null : source.session(id);
  };
  const treeOf = (of: Screen): SessionTree | null => {
    const id = idOf(of);
    return id === undefined ? null : source.tree(id);
  };
  const send = (event: ScreenEvent): void => {
    const before = screen;
    const { screen: next, effects } = update(screen, event, source.now());
    // What is known of a session goes with what is selected
    const isSame = next.selected === before.selected;
    screen = isSame ? next : { ...next, session: sessionOf(next), sessionTop: 0 };
    if (!isSame || event.what === 'live') screen = { ...screen, tree: treeOf(screen) };
    const change = { before, event, after: screen };
    for (const effect of effects) run(effect);
    if (change.after !== before) for (const tell of listeners) tell(change);
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
      case 'copy':
        outside.copy(effect.text);
        return;
      case 'print':
        outside.print(effect.what);
        return;
      case 'page':
        void source
          .slices(bodyText(effect.view, surface))
          .then(outside.page)
          .then(
            () => send({ what: 'returned', why: null }),
            (error) => send({ what: 'returned', why: source.words(error).why }),
          );
        return;
      case 'edit':
        void outside.edit(effect.text).then(
          (text) => send({ what: 'edited', text, why: null }),
          (error) => send({ what: 'edited', text: '', why: source.words(error).why }),
        );
        return;
      case 'load':
        void loaded(source, effect, surface).then(send, (error) =>
          send({ what: 'unverifiable', id: effect.id, ...source.words(error) }),
        );
        return;
      case 'find': {
        const { id, words, direction } = effect;
        const body = rowsOf(screen);
        if (!body) return;
        void source.slices(finding(body, words)).then(() => send({ what: 'looked', id, words, direction }));
        return;
      }
      case 'approve': {
        const { id, seen } = effect;
        void settle(id, async () => {
          await source.approve(id, seen);
          return { what: 'decided', id, decision: 'approved' };
        });
        return;
      }
      case 'revoke': {
        const { ids } = effect;
        void settle('', async () => {
          for (const id of ids) await source.revoke(id);
          return { what: 'revoked', count: ids.length };
        });
        return;
      }
      case 'fetch': {
        const { question } = effect;
        void settle('', async () => ({ what: 'fetched', question, text: await source.question(question) }));
        return;
      }
      case 'reply': {
        const { id, text } = effect;
        void settle(id, async () => {
          await source.reply(id, text);
          return { what: 'replied' };
        });
        return;
      }
      case 'ask': {
        const { agent, task } = effect;
        void settle('', async () => ({ what: 'asked', agent, session: await source.ask(agent, task) }));
        return;
      }
      case 'cancel': {
        const { session, reason } = effect;
        void settle('', async () => {
          await source.cancel(session, reason);
          return { what: 'cancelled' };
        });
        return;
      }
      case 'answer': {
        const { id, answer, reason, seen } = effect;
        void settle(id, async () => {
          await source.answer(id, answer, reason, seen);
          return { what: 'decided', id, decision: answer };
        });
        return;
      }
    }
  };
  return {
    screen: () => screen,
    send,
    news: () => send({ what: 'live', live: source.live(), session: sessionOf(screen) }),
    onChange: (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
  };
};
