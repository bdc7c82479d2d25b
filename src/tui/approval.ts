/**
 * One approval or review on a screen of its own: what has been shown, and whether it may be signed. A signature needs every row to
 * have been on the screen, a capital letter, and then the first characters of the digest, typed one by one.
 */
import { addRange, gaps, type Range } from '../core/projection/ranges.ts';
import type { ApprovalState, ChangeAsk, Decision } from '../core/vocabulary.ts';
import { ASK_WORDS, type AskedChange, allOf, grantIn, isSeveral, isUndecided, ownAnswer } from './asked.ts';

export const DIGEST_LENGTH = 4;
/** So long after the last key an armed approval is disarmed. */
export const ARMED_MS = 5_000;
/** So long after that, and after each digit that still comes, digits are no keys. */
const LATE_MS = 3_000;

/** What a digest is typed with. */
export const HEX_DIGITS = '0123456789abcdef';

export type Phase =
  | { name: 'loading' }
  | { name: 'unverifiable'; why: string; hint: string | null }
  /** Until `lateUntil` a digit is one of a digest that nothing waits for any more, and no key. */
  | { name: 'reading'; lateUntil?: number }
  | { name: 'armed'; typed: string; until: number }
  | { name: 'signing'; what: Decision }
  | { name: 'decided'; what: Decision }
  /** Decided or ended in another place; null where nothing is known of how. `ofSeveral`: that was one of those that were shown together. */
  | { name: 'closed'; as: ApprovalState | null; ofSeveral?: true };

/** What can be seen instead of the change. */
export type AsideName = 'bytes' | 'subject' | 'why';

export type ApprovalScreen = {
  id: string;
  what: ChangeAsk;
  phase: Phase;
  view: AskedChange | null;
  /** First row of the change that is on the screen. */
  top: number;
  /** Rows of the body, from 1, that were on the screen. */
  shown: readonly Range[];
  /** Words that were looked for, and the row, from 0, of the match that was moved to. */
  find: { words: string; row: number | null };
  /** What is on the screen instead of the change, and its first row. */
  aside: { what: AsideName; top: number } | null;
};

export const openApproval = (id: string, what: ChangeAsk): ApprovalScreen => ({
  id,
  what,
  phase: { name: 'loading' },
  view: null,
  top: 0,
  shown: [],
  find: { words: '', row: null },
  aside: null,
});

/** Hexadecimal part of the digest that is typed: of its scope where repeats are granted with it. */
export const subjectHex = (view: AskedChange): string =>
  (grantIn(view)?.scope ?? view.subjectDigest).replace(/^sha256:/, '');

/** Notes that rows [top, top + height) of `count` were on the screen. */
export const withShown = (screen: ApprovalScreen, height: number, count: number): ApprovalScreen => {
  if (screen.view === null || height <= 0 || count === 0) return screen;
  const from = screen.top + 1;
  const to = Math.min(count, screen.top + height);
  if (to < from || screen.shown.some(([a, b]) => a <= from && to <= b)) return screen;
  return { ...screen, shown: addRange(screen.shown, [from, to]) };
};

/** Rows that were never on the screen. */
export const unread = ({ shown }: Pick<ApprovalScreen, 'shown'>, count: number): number =>
  count - shown.reduce((sum, [a, b]) => sum + (Math.min(b, count) - a + 1), 0);

/** The first row, from 0, that was never on the screen; null where all were. */
export const firstUnread = ({ shown }: Pick<ApprovalScreen, 'shown'>, count: number): number | null => {
  const { high } = gaps(shown);
  return high < count ? high : null;
};

const closedDenial = (view: AskedChange, now: number): string | null => {
  const own = ownAnswer(view);
  // What this person said of a review is its state
  if (view.what === 'review' && own !== null) return `you already ${own}`;
  if (!isUndecided(view)) return `this ${view.what} is closed (${view.state})`;
  if (own !== null) return `you already ${own}`;
  if (view.allowed === null) return 'no edge of the graph lets you decide this any more';
  return Date.parse(view.expires) <= now ? `this ${view.what} has expired` : null;
};

/** Why this may not be armed now, in words; null where it may. */
export const armDenial = (
  screen: ApprovalScreen,
  rows: number,
  groups: { unread: number; all: number },
  isTooSmall: boolean,
  now: number,
  pageKey: string,
): string | null => {
  const { view, phase, what } = screen;
  if (phase.name === 'loading') return 'the change has not arrived yet';
  if (view === null || phase.name === 'unverifiable')
    return `what cannot be verified cannot be ${ASK_WORDS[what].decided.approved}`;
  if (phase.name !== 'reading') return `this is ${phase.name} already`;
  const denial = allOf(view)
    .map((one) => closedDenial(one, now))
    .find((one) => one !== null);
  if (denial !== undefined) return isSeveral(view) ? `one of them cannot be signed: ${denial}` : denial;
  if (isTooSmall) return ASK_WORDS[what].tooSmall;
  const left = unread(screen, rows);
  if (left === 0) return null;
  const where = groups.unread > 0 ? `, in ${groups.unread} of ${groups.all} groups` : '';
  return `${left} ${left === 1 ? 'row was' : 'rows were'} not shown yet${where}: read on with ${pageKey}`;
};

/** Whoever types the digest may not have seen yet that nothing waits for it; null: this person ended it, and knows. */
export const readingOn = (screen: ApprovalScreen, now: number | null): ApprovalScreen => ({
  ...screen,
  phase: now === null ? { name: 'reading' } : { name: 'reading', lateUntil: now + LATE_MS },
});
export const isLateDigit = ({ phase }: ApprovalScreen, key: string, now: number): boolean =>
  phase.name === 'reading' && now < (phase.lateUntil ?? 0) && key.length === 1 && HEX_DIGITS.includes(key);

export type Typed = { screen: ApprovalScreen; signs: boolean; said: string | null };

/** One key while it is armed. Only one hexadecimal character counts, in lower case: the `A` that armed it, held down, types none. */
export const typeDigest = (screen: ApprovalScreen, key: string, now: number): Typed => {
  const { phase, view } = screen;
  const reading = readingOn(screen, now);
  if (phase.name !== 'armed' || view === null) return { screen, signs: false, said: null };
  if (now > phase.until)
    return { screen: reading, signs: false, said: 'too late: disarmed, nothing was signed' };
  if (key === 'backspace' && phase.typed !== '') {
    const typed = phase.typed.slice(0, -1);
    return {
      screen: { ...screen, phase: { ...phase, typed, until: now + ARMED_MS } },
      signs: false,
      said: null,
    };
  }
  if (key.length !== 1 || !HEX_DIGITS.includes(key))
    return {
      screen: reading,
      signs: false,
      said: `${key} is no digit of a digest: disarmed, nothing was signed`,
    };
  const typed = phase.typed + key;
  if (typed.length < DIGEST_LENGTH)
    return {
      screen: { ...screen, phase: { ...phase, typed, until: now + ARMED_MS } },
      signs: false,
      said: null,
    };
  if (!subjectHex(view).startsWith(typed))
    return {
      screen: reading,
      signs: false,
      said: `the digest of this ${screen.what} does not begin like that; nothing was signed`,
    };
  return { screen: { ...screen, phase: { name: 'signing', what: 'approved' } }, signs: true, said: null };
};
