/** A line that is typed: to filter the list, or to say with a signature why something is not approved. */
import type { ApprovalScreen } from './approval.ts';
import { lineCells, theirs } from './frame/line.ts';
import { reasonWidth, selectable } from './layout.ts';
import { type Answer, only, type Screen, type ScreenStep, type SeenRequest, type Typing } from './state.ts';

/** What each line is for, as the footer says it, and what is said where nothing was typed. */
export const ANSWERS: Readonly<Record<Answer, { name: string; enter: string; none: string }>> = {
  rejected: {
    name: 'reason',
    enter: 'enter rejects',
    none: 'a rejection needs a reason; nothing was signed',
  },
  changes_wanted: {
    name: 'changes',
    enter: 'enter asks',
    none: 'say which changes you want; nothing was signed',
  },
};

/** Asks for the words of an answer, unless there is one. */
export const answering = (screen: Screen, answer: Answer): ScreenStep => {
  const { name } = screen.approval?.phase ?? {};
  return name === 'decided' || name === 'signing'
    ? only({ ...screen, notice: 'this is decided already' })
    : only({ ...screen, typing: { what: answer, text: '' } });
};

/** Printable characters are added, Enter gives the line to what it is for. */
export const typedLine = (screen: Screen, typing: Typing, key: string): ScreenStep => {
  const done = { ...screen, typing: null };
  if (key === 'escape')
    return only({ ...done, notice: typing.what === 'filter' ? null : 'nothing was signed' });
  if (key !== 'enter') return withText(screen, typing, lineAfter(typing.text, key));
  const text = typing.text.trim();
  return typing.what === 'filter'
    ? only(selectable({ ...done, filter: text }))
    : answered(done, typing.what, text);
};

const lineAfter = (text: string, key: string): string => {
  if (key === 'ctrl-u') return '';
  if (key === 'backspace') return [...text].slice(0, -1).join('');
  return text + (key === 'space' ? ' ' : printable(key));
};
/** Names of keys are no text. */
const printable = (key: string): string => (/^\P{Cc}$/u.test(key) ? key : '');

/** What is signed is never longer than the row that shows it; what does not fit is not typed, and ends nothing. */
export const withText = (screen: Screen, typing: Typing, text: string): ScreenStep => {
  const isFine = fitsRow(screen, text) || text.length < typing.text.length;
  return only({
    ...screen,
    typing: { what: typing.what, ...(isFine ? { text } : { text: typing.text, isFull: true }) },
  });
};

const fitsRow = ({ size }: Screen, text: string): boolean => lineCells([theirs(text)]) <= reasonWidth(size);

const answered = (screen: Screen, answer: Answer, reason: string): ScreenStep => {
  const { approval } = screen;
  if (reason === '' || !approval) return only({ ...screen, notice: ANSWERS[answer].none });
  // The screen may have become narrower since it was typed
  if (!fitsRow(screen, reason))
    return only({ ...screen, notice: 'longer than this row shows: nothing was signed' });
  const phase = { name: 'signing', what: answer } as const;
  const effect = { do: 'answer', id: approval.id, answer, reason, seen: seenOf(approval) } as const;
  return only({ ...screen, approval: { ...approval, phase } }, effect);
};

/** What was on the screen, which a decision then is about; null where nothing could be shown. */
export const seenOf = ({ view }: ApprovalScreen): SeenRequest | null =>
  view && { shown: view.subjectDigest, request: view.request };
