/** A line that is typed, in the editor of its person: what they wrote there comes back into it, and nothing is signed by that. */
import { pastedLines } from './shell/typed-text.ts';
import { DEAF_MS, only, type Screen, type ScreenEvent, type ScreenStep, type Typing } from './state.ts';
import { ANSWERS, fitsRows, isLooking } from './typing.ts';

export const EDIT_KEY = 'ctrl-e';

/** Only a line that is signed has one, and only a frame can be drawn anew behind it. */
export const mayEdit = ({ surface }: Pick<Screen, 'surface'>, typing: Typing): boolean =>
  surface === 'full' && !isLooking(typing);

export const editing = (screen: Screen, { text }: Typing): ScreenStep =>
  only({ ...screen, isAway: true }, { do: 'edit', text });

/** All of a longer text is shown on as many rows as there are; what does not fit there either is kept, and is not signed. */
export const edited = (
  screen: Screen,
  { text, why }: Extract<ScreenEvent, { what: 'edited' }>,
  now: number,
): ScreenStep => {
  const here = { ...screen, isAway: false, deafUntil: now + DEAF_MS };
  const { typing } = screen;
  if (!typing || isLooking(typing) || why !== null) return only({ ...here, notice: why });
  if (text.trim() === '') return only({ ...here, typing: null, notice: ANSWERS[typing.what].none });
  const { isFull: _before, sureFrom: _sure, ...line } = typing;
  const whole: Typing = { ...line, text: pastedLines(text.trim()), isEdited: true };
  const isFine = fitsRows(here, whole, whole.text);
  return only({ ...here, typing: isFine ? whole : { ...whole, isFull: true }, notice: null });
};
