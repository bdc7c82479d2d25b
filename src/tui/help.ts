/** What `?` shows: the keys, and where a federation runs beneath this screen what was said of it at the start. */
import { type CellLine, ours, theirs } from './frame/line.ts';
import { keysOf } from './keys.ts';
import { helpHeight } from './layout.ts';
import { keyLines } from './shell/key-table.ts';
import { notesNow, type Screen } from './state.ts';

const helpRows = (screen: Screen): CellLine[] => [
  ...keyLines(keysOf(screen)),
  ...(screen.notes.length === 0 ? [] : [[], [ours(' this federation', 'strong')]]),
  ...notesNow(screen).map((note): CellLine => [theirs(` ${note}`)]),
];

export const helpLength = (screen: Screen): number => helpRows(screen).length;

export const helpLines = (screen: Screen): CellLine[] => [
  [ours(' keys', 'strong')],
  ...helpRows(screen).slice(screen.helpTop, screen.helpTop + helpHeight(screen.size)),
];
