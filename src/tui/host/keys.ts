/** The keys of the operator's screen: none of them changes anything at the Host. */
import type { KeyRow } from '../shell/key-table.ts';

/** Where the keys go; `details` is what is known of one row. */
export type HostPlace = 'panes' | 'details' | 'help';

export type HostAct =
  | 'down'
  | 'up'
  | 'page-down'
  | 'page-up'
  | 'top'
  | 'bottom'
  | 'next-pane'
  | 'pane-1'
  | 'pane-2'
  | 'pane-3'
  | 'pane-4'
  | 'pane-5'
  | 'open'
  | 'filter'
  | 'help'
  | 'redraw'
  | 'back'
  | 'quit';

const BOTH = ['panes', 'details'] as const;
const EVERYWHERE = [...BOTH, 'help'] as const;

export const HOST_KEYS: readonly KeyRow<HostPlace, HostAct>[] = [
  { keys: ['j', 'down'], act: 'down', places: EVERYWHERE, words: 'one line down' },
  { keys: ['k', 'up'], act: 'up', places: EVERYWHERE, words: 'one line up' },
  {
    ...{ keys: ['space', 'pagedown', 'ctrl-f'], act: 'page-down', places: EVERYWHERE },
    ...{ words: 'one page down', foot: 'page' },
  },
  { keys: ['b', 'pageup', 'ctrl-b'], act: 'page-up', places: EVERYWHERE, words: 'one page up' },
  { keys: ['g', 'home'], act: 'top', places: EVERYWHERE, words: 'to the beginning' },
  {
    ...{ keys: ['G', 'end'], act: 'bottom', places: EVERYWHERE },
    words: 'to the end; of the trace and of what operators did, on with what comes',
  },
  { keys: ['tab'], act: 'next-pane', places: ['panes'], words: 'to the next pane', foot: 'pane' },
  { keys: ['1'], act: 'pane-1', places: ['panes'], words: 'to the runners' },
  { keys: ['2'], act: 'pane-2', places: ['panes'], words: 'to the assignments and sessions' },
  { keys: ['3'], act: 'pane-3', places: ['panes'], words: 'to the trace' },
  { keys: ['4'], act: 'pane-4', places: ['panes'], words: 'to what operators did' },
  { keys: ['5'], act: 'pane-5', places: ['panes'], words: 'to what was refused' },
  {
    ...{ keys: ['enter'], act: 'open', places: ['panes'], foot: 'details' },
    words: 'all that is known of what is selected: of a runner the words to compare',
  },
  {
    keys: ['/'],
    act: 'filter',
    places: ['panes'],
    words: 'show only what has these words, in each pane',
    foot: 'filter',
  },
  { keys: ['ctrl-l'], act: 'redraw', places: BOTH, words: 'draw the screen anew' },
  { keys: ['?'], act: 'help', places: BOTH, words: 'this help', foot: 'help' },
  { keys: ['escape'], act: 'back', places: EVERYWHERE, words: 'back', foot: 'back' },
  { keys: ['q'], act: 'quit', places: EVERYWHERE, words: 'quit', foot: 'quit' },
];
