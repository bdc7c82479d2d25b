/** What `?` shows: the keys, and where a federation runs beneath this screen what was said of it at the start. */
import { type CellLine, ours, theirs } from './frame/line.ts';
import { keysOf } from './keys.ts';
import { helpHeight } from './layout.ts';
import { keyLines } from './shell/key-table.ts';
import { notesNow, type Screen } from './state.ts';

/** Words of the title row and of what is signed that stand there without an explanation. */
const WORDS: readonly (readonly [string, string])[] = [
  ['rev 1', 'revision at which the Host told you last'],
  ['unsent 0', 'signed messages of yours not known to be received'],
  ['binding: exact', 'a signature holds all words of a command, where it runs'],
  ['binding: content', 'a signature holds all bytes, and where they go'],
  ['binding: declared', 'it holds the command as its agent gave it'],
  ['binding: described', 'it holds the words that the agent says of it, no more'],
];
const wordRows: readonly CellLine[] = WORDS.map(([word, words]) => [
  ours(` ${word.padEnd(24)}`, 'accent'),
  ours(words),
]);

const helpRows = (screen: Screen): CellLine[] => [
  ...keyLines(keysOf(screen)),
  [],
  [ours(' words', 'strong')],
  ...wordRows,
  ...(screen.notes.length === 0 ? [] : [[], [ours(' this federation', 'strong')]]),
  ...notesNow(screen).map((note): CellLine => [theirs(` ${note}`)]),
];

export const helpLength = (screen: Screen): number => helpRows(screen).length;

export const helpLines = (screen: Screen): CellLine[] => [
  [ours(' keys', 'strong')],
  ...helpRows(screen).slice(screen.helpTop, screen.helpTop + helpHeight(screen.size)),
];
