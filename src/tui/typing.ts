/** A line that is typed: to filter the list, or to say with a signature why something is not approved. */
import { cutMarked } from '../core/encoding/cut.ts';
import { isTerminal } from '../core/machines/machine.ts';
import { sessionMachine } from '../core/machines/session.ts';
import type { CallView } from '../services/user/approval-view.ts';
import { isOfCommit } from '../services/user/bound-words.ts';
import { isTrouble } from '../services/user/is-trouble.ts';
import { callWordsOf } from '../services/user/operation-words.ts';
import { type ApprovalScreen, isLateDigit, readingOn } from './approval.ts';
import { type AskedChange, allOf, grantIn } from './asked.ts';
import { findWords } from './find.ts';
import { keyOf } from './keys.ts';
import { itemsOf, selectable, typedRows } from './layout.ts';
import { questionRows } from './panes.ts';
import { lineAfter } from './shell/typed-text.ts';
import { isWide, paneHeight } from './sizes.ts';
import {
  type Answer,
  HELD_MS,
  only,
  type Screen,
  type ScreenStep,
  type SeenRequest,
  SURE_MS,
  type Typing,
  toPane,
} from './state.ts';

/** What each line is for, as the footer says it, and what is said where nothing was typed. */
export const ANSWERS: Readonly<
  Record<Answer | 'reply' | 'ask' | 'cancel', { name: string; enter: string; none: string; again?: string }>
> = {
  ask: { name: 'task', enter: 'enter asks', none: 'say what to do; nothing was signed' },
  reply: { name: 'answer', enter: 'enter sends', none: 'say something; nothing was signed' },
  cancel: {
    name: 'reason',
    enter: 'enter ends the task',
    again: 'enter again after a second ends the task and its session',
    none: 'a cancellation needs a reason; nothing was signed',
  },
  rejected: {
    name: 'reason',
    enter: 'enter rejects',
    again: 'enter again after a second rejects, and ends the session',
    none: 'a rejection needs a reason; nothing was signed',
  },
  changes_wanted: {
    name: 'changes',
    enter: 'enter asks',
    again: 'enter again after a second asks for them',
    none: 'say which changes you want; nothing was signed',
  },
};

/** Lines that look for something; what is signed has a name above. */
export const LOOKING = {
  filter: { words: 'words to show only', enter: 'enter filters' },
  find: { words: 'words to find', enter: 'enter finds' },
  command: { words: 'words of what to do', enter: 'enter does what is marked' },
} as const;
type Looking = Extract<Typing, { what: keyof typeof LOOKING }>;
export const isLookingFor = (what: Typing['what']): what is keyof typeof LOOKING => what in LOOKING;
export const isLooking = (typing: Typing): typing is Looking => isLookingFor(typing.what);

/** So much of an agent's name as leaves room for the words. */
const MOST_NAME = 16;
export const typedHead = (typing: Typing): string => {
  if (isLooking(typing)) return typing.what === 'command' ? ':' : '/';
  return typing.what === 'ask'
    ? `ask ${cutMarked(typing.agent, MOST_NAME)}: `
    : `${ANSWERS[typing.what].name}: `;
};

/**
 * Asks for the words of a reply to the question that is selected, or the one that its session waits for: when all of it
 * is here, and its end is on the screen.
 */
export const replying = (screen: Screen, now: number): ScreenStep => {
  const item = itemsOf(screen).find((one) => one.id === screen.selected);
  const open = item?.what === 'session' ? item.questions.filter(({ state }) => state === 'open') : [];
  const question = item?.what === 'question' ? item : open.at(-1);
  if (!question) return only({ ...screen, notice: 'no question is selected' });
  const { id, isWhole } = question;
  if (!isWhole && screen.fetched?.question !== id)
    return only({ ...screen, notice: 'getting the rest of the question' }, { do: 'fetch', question: id });
  const typing = { what: 'reply', question: id, text: '' } as const;
  if (screen.surface !== 'full') return toPane({ ...screen, typing }, 'session');
  const { top, hasEnd } = nextRows(screen, questionRows(screen, id, now));
  const shown: Screen = { ...screen, pane: 'session', sessionTop: top };
  return only(
    hasEnd
      ? { ...shown, typing }
      : { ...shown, notice: `${keyOf(screen, 'reply')} reads on, and answers at its end` },
  );
};

/** Where its pane stands for it, and whether all of it was there by then: what is above or below is another question. */
const nextRows = ({ size, sessionTop, pane }: Screen, { from, to }: { from: number; to: number }) => {
  const height = paneHeight(size, 'session');
  const hasEnd = (top: number): boolean => to > top && to <= top + height;
  const isOn = (isWide(size) || pane === 'session') && from < sessionTop + height && to > sessionTop;
  if (isOn && hasEnd(sessionTop)) return { top: sessionTop, hasEnd: true };
  const next = isOn && sessionTop >= from ? sessionTop + height - 1 : from;
  const top = Math.max(0, Math.min(next, to - height));
  return { top, hasEnd: hasEnd(top) && top <= from };
};

/** Asks for the words of a task, for the only agent or the first of them. */
export const asking = (screen: Screen): ScreenStep => {
  const [agent] = screen.live.agents;
  if (agent === undefined) {
    const isNamed = screen.live.revision !== null;
    const notice = isNamed ? 'no agent takes tasks from you' : 'the Host has not named you in the graph yet';
    return only({ ...screen, notice });
  }
  return only({ ...screen, typing: { what: 'ask', agent, text: '' } });
};

/** Asks why the task of what is selected is cancelled. */
export const cancelling = (screen: Screen): ScreenStep => {
  const item = itemsOf(screen).find((one) => one.id === screen.selected);
  if (!item) return only({ ...screen, notice: 'no task is selected' });
  if (isTrouble(item))
    return only({ ...screen, notice: 'nothing is signed here: select the task itself to cancel it' });
  if (item.what === 'session' && isTerminal(sessionMachine, item.state))
    return only({ ...screen, notice: 'this task has ended' });
  const session = item.what === 'session' ? item.id : item.session;
  return only({ ...screen, typing: { what: 'cancel', session, text: '' } });
};

/** What was begun is in the list, and the keys go to it. */
export const withAsked = (
  screen: Screen,
  { agent, session }: { agent: string; session: string },
): Screen => ({
  ...screen,
  selected: session,
  notice: `${agent} is asked by you: ✓ signed`,
});

const callOf = (approval: ApprovalScreen | null): CallView | null =>
  approval?.view != null && !isOfCommit(approval.view) ? approval.view : null;

/** Asks for the words of an answer, unless there is one. */
export const answering = (screen: Screen, answer: Answer): ScreenStep => {
  const { name } = screen.approval?.phase ?? {};
  if (screen.approval?.what === 'review' && answer === 'rejected')
    return only({
      ...screen,
      notice: `a review rejects nothing; ${keyOf(screen, 'change')} asks for changes`,
    });
  const call = callOf(screen.approval);
  if (answer === 'changes_wanted' && call)
    return only({
      ...screen,
      notice: `${callWordsOf(call.operation).one} is approved or rejected; ${keyOf(screen, 'reject')} rejects it, and the agent goes on`,
    });
  return name === 'decided' || name === 'signing'
    ? only({ ...screen, notice: 'this is decided already' })
    : only({ ...screen, typing: { what: answer, text: '' } });
};

/** Who rejects a call ends nothing. */
export const enterWhenSure = ({ approval }: Screen, what: keyof typeof ANSWERS): string | undefined =>
  what === 'rejected' && callOf(approval)
    ? 'enter again after a second rejects: the agent is told, and goes on'
    : ANSWERS[what].again;

/** Printable characters are added, Enter gives the line to what it is for. */
export const typedLine = (screen: Screen, typing: Typing, key: string, now: number): ScreenStep => {
  const done = { ...screen, typing: null };
  if (key === 'escape') return only({ ...done, notice: isLooking(typing) ? null : 'nothing was signed' });
  if (key === 'tab' && typing.what === 'ask') return only({ ...screen, typing: nextAgent(screen, typing) });
  if (key !== 'enter') return withText(screen, typing, lineAfter(typing.text, key));
  const text = typing.text.trim();
  if (typing.what === 'filter') return only(selectable({ ...done, filter: text }));
  if (typing.what === 'find') return findWords(done, text);
  if (typing.what === 'command') return only(done);
  // Words without their end would say something else
  if (typing.isFull) return only(screen);
  const why = objection(screen, typing, text);
  if (why !== null) return only({ ...done, notice: why });
  const again = enterWhenSure(screen, typing.what);
  // Prose that is typed beside the screen comes to a key that answers, and to an end of its line
  if (again !== undefined && typing.sureFrom === undefined)
    return only({
      ...screen,
      typing: { ...typing, sureFrom: now + SURE_MS },
      notice: `${again}${ofSeveral(screen, typing)}`,
    });
  if (typing.sureFrom !== undefined && now < typing.sureFrom)
    return only({
      ...screen,
      typing: { ...typing, sureFrom: Math.max(typing.sureFrom, now + HELD_MS) },
      notice: `too early: ${again ?? ''}${ofSeveral(screen, typing)}`,
    });
  const sure = again === undefined ? done : { ...done, notice: null };
  switch (typing.what) {
    case 'reply':
      return only(sure, { do: 'reply', id: typing.question, text });
    case 'ask':
      return only(sure, { do: 'ask', agent: typing.agent, task: text });
    case 'cancel':
      return only(sure, { do: 'cancel', session: typing.session, reason: text });
    default:
      return answered(sure, typing.what, text);
  }
};

/** Where the words are for more than one. */
const ofSeveral = ({ approval }: Screen, { what }: Signing): string => {
  const count = approval?.view ? allOf(approval.view).length : 1;
  return count > 1 && (what === 'rejected' || what === 'changes_wanted') ? `: all ${count}` : '';
};

const nextAgent = ({ live: { agents } }: Screen, typing: Extract<Typing, { what: 'ask' }>): Typing => ({
  ...typing,
  agent: agents[(agents.indexOf(typing.agent) + 1) % agents.length] ?? typing.agent,
});

/** What is signed is never longer than the rows that show it; what does not fit is not typed, and ends nothing. */
export const withText = (screen: Screen, typing: Typing, text: string): ScreenStep => {
  const isShorter = text.length < typing.text.length || text === '';
  // Behind a gap nothing goes on: whoever typed it takes something away first
  const isFine = isShorter || (!typing.isFull && fitsRows(screen, typing, text));
  const { isFull: _before, sureFrom, ...line } = typing;
  const typed: Typing = isFine ? { ...line, text } : { ...line, isFull: true };
  return only({ ...screen, typing: typed, notice: sureFrom === undefined ? screen.notice : null });
};

export const fitsRows = (screen: Screen, typing: Typing, text: string): boolean => {
  const { rows, most } = typedRows(screen, ` ${typedHead(typing)}${text}`, typing.isEdited);
  return rows.length <= most;
};

/** The screen that says so, where the key is a digit of a digest that nothing waits for any more. */
export const lateDigit = (screen: Screen, key: string, now: number): Screen | null =>
  screen.approval && isLateDigit(screen.approval, key, now)
    ? {
        ...screen,
        approval: readingOn(screen.approval, now),
        notice: `${key} came too late for the digest, and was no key; ${keyOf(screen, 'arm')} begins again`,
      }
    : null;

type Signing = Exclude<Typing, Looking>;

/** Why nothing may come of the line; null where all of it was on its rows. */
const objection = (screen: Screen, typing: Signing, text: string): string | null => {
  if (text === '') return ANSWERS[typing.what].none;
  // The screen may have become narrower since it was typed
  return fitsRows(screen, typing, text) ? null : 'longer than what is shown of it: nothing was signed';
};

const answered = (screen: Screen, answer: Answer, reason: string): ScreenStep => {
  const { approval } = screen;
  if (!approval) return only(screen);
  const phase = { name: 'signing', what: answer } as const;
  const effect = { do: 'answer', id: approval.id, answer, reason, seen: seenOf(approval) } as const;
  return only({ ...screen, approval: { ...approval, phase } }, effect);
};

/** What was on the screen, which a decision then is about; null where nothing could be shown. */
export const seenOf = ({ view }: ApprovalScreen): SeenRequest | null => {
  if (!view) return null;
  const digestOf = ({ subjectDigest: shown, request }: AskedChange) => ({ shown, request });
  const [, ...alike] = allOf(view);
  const { reach, uses, ms } = grantIn(view) ?? {};
  return {
    ...digestOf(view),
    ...(reach && uses && ms ? { grant: { reach, uses, ms } } : {}),
    ...(alike.length > 0 ? { alike: alike.map((one) => ({ id: one.id, ...digestOf(one) })) } : {}),
  };
};
