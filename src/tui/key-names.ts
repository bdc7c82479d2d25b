/** What keys are called in the key table. */
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

/** What a key may be called that is no character. */
export const KEY_NAMES: ReadonlySet<string> = new Set([...NAMED.map(([, name]) => name), 'space']);

/** So many characters a hand may type while a busy machine does not read. */
export const BURST = 4;

/** Nothing for a key that goes up, null for what was pasted; what has no name here still is a key. */
export const keyNames = (input: string, key: Key): readonly string[] | null => {
  if (key.eventType === 'release') return [];
  const named = NAMED.find(([flag]) => key[flag] === true);
  if (named) return [named[1]];
  if (key.ctrl) return [`ctrl-${input}`];
  if (key.meta || input === '') return ['this key'];
  const characters = [...input];
  if (characters.length > BURST || /\p{Cc}/u.test(input)) return null;
  return characters.map((one) => (one === ' ' ? 'space' : one));
};
