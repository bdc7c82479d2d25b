/** A line that is typed, and the words that a filter is made of. */

/** The text after a key: printable characters are added, two keys take away. */
export const lineAfter = (text: string, key: string): string => {
  if (key === 'ctrl-u') return '';
  if (key === 'backspace') return [...text].slice(0, -1).join('');
  return text + (key === 'space' ? ' ' : printable(key));
};
/** Names of keys are no text. */
const printable = (key: string): string => (/^\P{Cc}$/u.test(key) ? key : '');

/** What is pasted never ends a line. */
export const pastedText = (text: string): string => text.replace(/[\s\p{Cc}]+/gu, ' ');

/** Whether the texts have all words of the filter, in whatever case. */
export const hasWords = (filter: string, ...texts: (string | null)[]): boolean => {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const text = texts.join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
};
