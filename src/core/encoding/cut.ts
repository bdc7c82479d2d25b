/** Texts cut to a length. */

/** The beginning of a text, at most `max` UTF-16 units, no character cut in half: half of one no JSON may carry. */
export const cutText = (text: string, max: number): string => {
  const cut = text.slice(0, max);
  return /[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut;
};
/** The beginning of a text, with a mark where more of it follows: at most `max` UTF-16 units together. */
export const cutMarked = (text: string, max: number): string =>
  text.length <= max ? text : `${cutText(text, max - 1)}…`;
/** The end of a text, no character cut in half. */
export const cutTail = (text: string, max: number): string => {
  const cut = text.slice(Math.max(0, text.length - max));
  return /^[\udc00-\udfff]/.test(cut) && cut.length < text.length ? cut.slice(1) : cut;
};
/** The last line of a text that has anything in it. */
export const lastLine = (text: string): string => text.trim().split('\n').at(-1)!.trim();
/** The beginning and the end of a text, with a mark between: what to do about something often stands last. */
export const cutMiddle = (text: string, max: number): string => {
  if (text.length <= max) return text;
  const head = Math.floor(max / 3);
  return `${cutText(text, head)} … ${cutTail(text, max - head - 3)}`;
};
