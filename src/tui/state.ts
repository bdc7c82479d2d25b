/** What the screen remembers between two keys, and what it asks the outside to do. Plain data: nothing here acts. */
import type { Decision } from '../core/vocabulary.ts';
import type { GrantTerms } from '../services/user/grants.ts';
import { isTrouble } from '../services/user/is-trouble.ts';
import type { Live, SessionItem } from '../services/user/live.ts';
import type { SessionTree } from '../services/user/tree.ts';
import type { Bindings } from './acts.ts';
import type { ApprovalScreen } from './approval.ts';
import type { AskedChange } from './asked.ts';
import type { Size } from './frame/box.ts';
import type { TerminalEvent } from './shell/terminal-event.ts';

/** `full`: a frame that is drawn anew; the others are lines, one below another, for eyes or as sentences. */
export type Surface = 'full' | 'inline' | 'spoken';

export const PANES = ['inbox', 'session', 'trace'] as const;
export type Pane = (typeof PANES)[number];

/**
 * A line that is being typed, and what it is for; `isFull`: the rows took no more of it; `isEdited`: it came from an editor,
 * and has more of them; `sureFrom`: from then on the next Enter signs it.
 */
export type Typing = { text: string; isFull?: boolean; isEdited?: boolean; sureFrom?: number } & (
  | { what: 'filter' }
  | { what: 'find' }
  /** `at`: which of those that have its words. */
  | { what: 'command'; at: number }
  | { what: Answer }
  | { what: 'reply'; question: string }
  | { what: 'ask'; agent: string }
  | { what: 'cancel'; session: string }
);

/** A decision that takes words. */
export type Answer = Exclude<Decision, 'approved'>;

export type Screen = {
  surface: Surface;
  size: Size;
  /** Keys that the person chose. */
  bound: Bindings;
  /** Said by who runs a federation for this screen alone, while nothing else is to be seen; it ends with the screen. */
  notes: readonly string[];
  /** Of the graph, when they were true. */
  notedAt: number | null;
  /** It was said what ends with it. */
  isLeaving: boolean;
  /** It was said which grants end. */
  isRevoking: boolean;
  live: Live;
  /** The selected session with all that is known of it, also when it is over. */
  session: SessionItem | null;
  /** What it is a part of, as far as this person was told; also where another person launched it. */
  tree: SessionTree | null;
  /** First row of it in its pane. */
  sessionTop: number;
  /** A question that was longer than its message, whole. */
  fetched: { question: string; text: string } | null;
  pane: Pane;
  /** By id: what comes or goes never moves it to something else. */
  selected: string | null;
  /** First row of the trace on the screen, null while it follows what comes. */
  traceTop: number | null;
  filter: string;
  /** Approvals that seemed to be like others until they were opened. */
  apart: readonly string[];
  typing: Typing | null;
  isHelp: boolean;
  helpTop: number;
  approval: ApprovalScreen | null;
  notice: string | null;
  /** Another program has the terminal: nothing of this is seen, and no key is for it. */
  isAway: boolean;
  /** Keys before this moment answer something that is not on the screen any more. */
  deafUntil: number;
  /** Grows when ages and countdowns on the screen are others. */
  clock: number;
};

export type ScreenEvent =
  | TerminalEvent
  | { what: 'live'; live: Live; session: SessionItem | null }
  /** `apart`: what seemed to be alike, and is not. */
  | { what: 'loaded'; id: string; view: AskedChange; apart?: readonly string[] }
  | { what: 'unverifiable'; id: string; why: string; hint: string | null }
  /** Words were looked for; where they are is known now. */
  | { what: 'looked'; id: string; words: string; direction: 1 | -1 }
  | { what: 'decided'; id: string; decision: Decision }
  | { what: 'fetched'; question: string; text: string }
  | { what: 'replied' }
  | { what: 'revoked'; count: number }
  | { what: 'cancelled' }
  | { what: 'asked'; agent: string; session: string }
  | { what: 'refused'; id: string; why: string }
  /** A frame of this approval is out, as the screen then was. */
  | { what: 'drawn'; id: string; top: number; size: Size }
  /** A line that would have gone to stderr. */
  | { what: 'said'; text: string }
  /** The terminal is ours again, with the text that was written; why, where none was. */
  | { what: 'edited'; text: string; why: string | null }
  /** The terminal is ours again; why, where the other program could not be. */
  | { what: 'returned'; why: string | null };

/** What lines do not show until it is asked for. */
export type Printed = 'pane' | 'keys';

type SeenDigest = { shown: string; request: string };
/** Digest and message of the request that was on the screen, and of those that were shown with it. */
export type SeenRequest = SeenDigest & {
  alike?: readonly (SeenDigest & { id: string })[];
  grant?: GrantTerms;
};

export type ScreenEffect =
  | { do: 'quit'; isInterrupt: boolean }
  /** `grant`: with its repeats. */
  | { do: 'load'; id: string; alike?: readonly string[]; grant?: GrantTerms }
  | { do: 'redraw' }
  /** Asks the terminal to put it where a person pastes from. */
  | { do: 'copy'; text: string }
  /** Says what a frame would show by itself. */
  | { do: 'print'; what: Printed }
  /** Shows it in another program, which has the terminal until it ends. */
  | { do: 'page'; view: AskedChange }
  /** Looks for words in a long change. */
  | { do: 'find'; id: string; words: string; direction: 1 | -1 }
  /** Lets the person write it in another program, which has the terminal until it ends. */
  | { do: 'edit'; text: string }
  | { do: 'approve'; id: string; seen: SeenRequest }
  | { do: 'revoke'; ids: readonly string[] }
  | { do: 'fetch'; question: string }
  | { do: 'reply'; id: string; text: string }
  | { do: 'ask'; agent: string; task: string }
  | { do: 'cancel'; session: string; reason: string }
  | { do: 'answer'; id: string; answer: Answer; reason: string; seen: SeenRequest | null };

export type ScreenStep = { screen: Screen; effects: readonly ScreenEffect[] };
export const only = (screen: Screen, ...effects: ScreenEffect[]): ScreenStep => ({ screen, effects });

/** So long after the first Enter the second counts, and so long after any between: a key that is held is none. */
export const SURE_MS = 1_000;
export const HELD_MS = 250;
/** So long after a change of what is on the screen no key counts. */
export const DEAF_MS = 300;
/** Ages are told in coarse steps, the seconds that are left to type a digest one by one. */
export const AGES_MS = 10_000;

/** Enter is for what waits for this person, where anything does. */
export const firstOf = ({ items }: Live): string | null =>
  (items.find((one) => !isTrouble(one)) ?? items[0])?.id ?? null;

export const startScreen = (
  size: Size,
  live: Live,
  now: number,
  { surface = 'full', notes = [], bound = {} }: Partial<Pick<Screen, 'surface' | 'notes' | 'bound'>> = {},
): Screen => ({
  surface,
  size,
  bound,
  notes,
  notedAt: live.revision,
  isLeaving: false,
  isRevoking: false,
  live,
  session: null,
  tree: null,
  sessionTop: 0,
  fetched: null,
  pane: 'inbox',
  selected: firstOf(live),
  traceTop: null,
  filter: '',
  apart: [],
  typing: null,
  isHelp: false,
  helpTop: 0,
  approval: null,
  notice: null,
  isAway: false,
  deafUntil: now + DEAF_MS,
  clock: 0,
});

/** A frame shows its panes by itself; lines show one when it is asked for. */
export const toPane = (screen: Screen, pane: Pane): ScreenStep => {
  const next = { ...screen, pane };
  return screen.surface === 'full' ? only(next) : only(next, { do: 'print', what: 'pane' });
};

/** What was said at the start, and that it may be so no more: another revision may have another engine. */
export const notesNow = ({ notes, notedAt, live: { revision } }: Screen): readonly string[] =>
  notes.length === 0 || notedAt == null || revision === null || revision === notedAt
    ? notes
    : [
        ...notes,
        `changed    this was said of revision ${notedAt}, and the graph is at ${revision} now: \`entangle graph show\``,
      ];
