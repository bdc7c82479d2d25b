/** What a key is called in the key table. */
import type { Key } from 'ink';

const NAMED = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageDown', 'pagedown'],
  ['pageUp', 'pageup'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'backspace'],
] as const satisfies readonly (readonly [keyof Key, string])[];

/** '' for what is no key, null for several characters at once: whoever types sends one at a time. */
export const keyName = (input: string, key: Key): string | null => {
  if (key.eventType === 'release') return '';
  const named = NAMED.find(([flag]) => key[flag] === true);
  if (named) return named[1];
  if (key.ctrl) return `ctrl-${input}`;
  if (input === ' ') return 'space';
  if (key.meta || input === '') return '';
  return [...input].length === 1 ? input : null;
};
