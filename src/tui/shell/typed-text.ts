/** A line that is typed, and the words that a filter is made of. */

/** The text after a key: printable characters are added, two keys take away. */
export const lineAfter = (text: string, key: string): string => {
  if (key === 'ctrl-u') return '';
  if (key === 'backspace') return [...text].slice(0, -1).join('');
  return text + (key === 'space' ? ' ' : printable(key));
};
/** Names of keys are no text. */
const printable = (key: string): string => (/^\P{Cc}$/u.test(key) ? key : '');

/** What is pasted never ends what is typed: here its lines are kept, each other sign that shows nothing is a blank. */
export const pastedLines = (text: string): string =>
  text.replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\s\p{Cc}]/gu, ' ');
/** And here they are put into one: words that are looked for. */
export const pastedText = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ');

/** Whether the texts have all words of the filter, in whatever case. */
export const hasWords = (filter: string, ...texts: (string | null)[]): boolean => {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = texts.join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
};
