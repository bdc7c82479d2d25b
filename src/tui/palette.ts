/** The palette: all that keys do where one is, found by words, and done by Enter. */
import type { Act } from './acts.ts';
import { windowTop } from './frame/box.ts';
import { type CellLine, ours, theirs } from './frame/line.ts';
import { keysOf, keysPlaceOf } from './keys.ts';
import { hasWords } from './shell/typed-text.ts';
import type { Screen, Typing } from './state.ts';

export type Command = Extract<Typing, { what: 'command' }>;

const commandsOf = (screen: Screen, { text }: Command) =>
  keysOf(screen).filter(
    ({ places, act, words, keys }) =>
      act !== 'palette' && places.includes(keysPlaceOf(screen)) && hasWords(text, act, words, ...keys),
  );

/** What Enter would do; null where nothing has the words. */
export const chosenAct = (screen: Screen, typing: Command): Act | null =>
  commandsOf(screen, typing)[typing.at]?.act ?? null;

/** The next or the one before, if there is one. */
export const choosing = (screen: Screen, typing: Command, by: 1 | -1): Command => {
  const most = Math.max(0, commandsOf(screen, typing).length - 1);
  return { ...typing, at: Math.min(most, Math.max(0, typing.at + by)) };
};

const NAMED = 16;
export const paletteLines = (screen: Screen, typing: Command, height: number): CellLine[] => {
  const all = commandsOf(screen, typing);
  const notes = notesOf(screen, typing);
  if (all.length + notes.length === 0) return [[ours(' nothing here has these words', 'dim')]];
  const room = Math.max(1, height - notes.length);
  return [...commandLines(all, typing, room), ...notes];
};

/** What was said of the federation beneath the screen is looked for here too: nothing is done with it. */
const notesOf = ({ notes }: Screen, { text }: Command): CellLine[] =>
  text.trim() === ''
    ? []
    : notes.filter((note) => hasWords(text, note)).map((note) => [theirs(`  ${note}`, 'dim')]);

const commandLines = (all: ReturnType<typeof commandsOf>, typing: Command, height: number): CellLine[] => {
  const top = windowTop(typing.at, height);
  return all.slice(top, top + height).map(({ act, keys, words }, row): CellLine => {
    const isChosen = top + row === typing.at;
    return [
      ours(isChosen ? '> ' : '  ', 'accent'),
      ours(act.padEnd(NAMED), isChosen ? 'strong' : 'plain'),
      ours(`${words} `),
      theirs(`(${keys.join(', ')})`, 'dim'),
    ];
  });
};
