/** The keys that do something by themselves: dispatch, footer and help are read from here. */
import { isOfCommit } from '../services/user/bound-words.ts';
import type { Act, Bindings } from './acts.ts';
import type { ApprovalScreen } from './approval.ts';
import { type AskedChange, grantIn } from './asked.ts';
import { actIn, footIn, type KeyRow } from './shell/key-table.ts';
import type { Screen } from './state.ts';

/** Where the keys go; `call`: to an approval of what an agent wants to do now, `aside`: to what is seen beside it. */
export type Place = 'panes' | 'approval' | 'call' | 'aside' | 'help';

/** `isFrames`: only a frame has it, lines say that the key does nothing. */
type ScreenKey = KeyRow<Place, Act> & { isFrames?: true };

const READ = ['approval', 'call'] as const;
const SHOWN = ['panes', ...READ, 'aside'] as const;
const ALL = [...SHOWN, 'help'] as const;

export const keysPlaceOf = ({ isHelp, approval }: Pick<Screen, 'isHelp' | 'approval'>): Place =>
  isHelp
    ? 'help'
    : approval?.aside
      ? 'aside'
      : !approval
        ? 'panes'
        : isOfCall(approval)
          ? 'call'
          : 'approval';
const isOfCall = ({ view }: ApprovalScreen): boolean => view !== null && !isOfCommit(view);

export const KEYS: readonly ScreenKey[] = [
  { keys: ['j', 'down'], act: 'down', places: ALL, words: 'one line down' },
  { keys: ['k', 'up'], act: 'up', places: ALL, words: 'one line up' },
  {
    keys: ['space', 'pagedown', 'ctrl-f'],
    act: 'page-down',
    places: ALL,
    words: 'one page down; of a change, on to what was not shown yet',
    foot: 'page',
  },
  { keys: ['b', 'pageup', 'ctrl-b'], act: 'page-up', places: ALL, words: 'one page up' },
  {
    keys: ['g', 'home'],
    act: 'top',
    places: ['panes', 'approval', 'aside', 'help'],
    words: 'to the beginning',
  },
  { keys: ['home'], act: 'call-top', places: ['call'], words: 'to the beginning of a command or an edit' },
  { keys: ['G', 'end'], act: 'bottom', places: ALL, words: 'to the end' },
  { keys: ['tab'], act: 'next-pane', places: ['panes'], words: 'to the next pane' },
  { keys: ['1'], act: 'pane-1', places: ['panes'], words: 'to the inbox' },
  { keys: ['2'], act: 'pane-2', places: ['panes'], words: 'to the session' },
  { keys: ['3'], act: 'pane-3', places: ['panes'], words: 'to the trace' },
  {
    keys: ['enter'],
    act: 'open',
    places: ['panes'],
    words: 'open what is selected: an approval with its change, or a session',
    foot: 'open',
  },
  {
    keys: ['r'],
    act: 'reply',
    places: ['panes'],
    words: 'answer the question that is selected',
    foot: 'answer',
  },
  {
    keys: ['a'],
    act: 'ask',
    places: ['panes'],
    words: 'ask an agent: give it a task; tab says which, where there are several',
    foot: 'ask',
  },
  {
    keys: [':'],
    act: 'palette',
    places: SHOWN,
    words: 'all that can be done here, by its words',
    isFrames: true,
  },
  {
    keys: ['X'],
    act: 'cancel',
    places: ['panes'],
    words: 'cancel the task that is selected: asks for a reason',
  },
  { keys: ['/'], act: 'filter', places: ['panes'], words: 'show only what has these words', foot: 'filter' },
  { keys: ['n'], act: 'next-file', places: READ, words: 'to the next file', foot: 'file' },
  { keys: ['N'], act: 'previous-file', places: READ, words: 'to the file before' },
  {
    keys: ['/'],
    act: 'find',
    places: READ,
    words: 'find words in the change; with none, the words before again',
  },
  { keys: ['f'], act: 'next-match', places: READ, words: 'to the next match of the words' },
  { keys: ['F'], act: 'previous-match', places: READ, words: 'to the match before' },
  {
    keys: ['e'],
    act: 'page',
    places: READ,
    words: 'the change in $PAGER: what that shows does not count as shown',
    isFrames: true,
  },
  {
    keys: ['d'],
    act: 'bytes',
    places: [...READ, 'aside'],
    words: 'the bytes of the change: each that does not print is an escape',
    isFrames: true,
  },
  {
    keys: ['s'],
    act: 'subject',
    places: [...READ, 'aside'],
    words: 'the JSON that is signed, of which the digest is',
    isFrames: true,
  },
  {
    keys: ['w'],
    act: 'why',
    places: [...READ, 'aside'],
    words: 'why you may decide this: the edge, its revision and who signed it',
    isFrames: true,
  },
  {
    keys: ['A'],
    act: 'arm',
    places: READ,
    words: 'approve: asks for the first four characters of the digest',
    foot: 'approve',
  },
  {
    keys: ['g'],
    act: 'repeats',
    places: ['call'],
    words: 'approve with a grant of exact repeats: in its session, in all of its node, or none again',
    foot: 'grant',
  },
  { keys: ['+'], act: 'more-uses', places: ['call'], words: 'more uses of the grant', foot: 'uses' },
  { keys: ['-'], act: 'fewer-uses', places: ['call'], words: 'fewer uses of it' },
  { keys: ['>'], act: 'longer', places: ['call'], words: 'a longer time of the grant', foot: 'time' },
  { keys: ['<'], act: 'shorter', places: ['call'], words: 'a shorter time of it' },
  {
    keys: ['R'],
    act: 'revoke',
    places: ['panes'],
    words: 'end the grants of yours that are open for what is selected: asks once more',
  },
  {
    keys: ['x'],
    act: 'reject',
    places: READ,
    words: 'reject: asks for a reason',
    foot: 'reject',
  },
  {
    keys: ['c'],
    act: 'change',
    places: READ,
    words: 'ask for changes: the agent goes on with your words, and asks again',
    foot: 'changes',
  },
  {
    keys: ['y'],
    act: 'copy',
    places: SHOWN,
    words: 'copy the id of what is selected, where your terminal takes it (OSC 52)',
    isFrames: true,
  },
  { keys: ['ctrl-l'], act: 'redraw', places: SHOWN, words: 'draw the screen anew' },
  { keys: ['?'], act: 'help', places: SHOWN, words: 'this help', foot: 'help' },
  { keys: ['escape'], act: 'back', places: ALL, words: 'back', foot: 'back' },
  {
    keys: ['q'],
    act: 'quit',
    places: ALL,
    words: 'quit; so does Ctrl-C where nothing is typed',
    foot: 'quit',
  },
];

type Bound = Pick<Screen, 'bound'>;

export const withBindings = (bound: Bindings): readonly ScreenKey[] =>
  KEYS.map((row) => ({ ...row, keys: bound[row.act] ?? row.keys }));
const tables = new WeakMap<Bindings, readonly ScreenKey[]>();
const tableOf = ({ bound }: Bound): readonly ScreenKey[] => {
  const table = tables.get(bound) ?? withBindings(bound);
  tables.set(bound, table);
  return table;
};

/** Those that a surface has. */
export const keysOf = (screen: Bound & Pick<Screen, 'surface'>): readonly ScreenKey[] =>
  tableOf(screen).filter(({ isFrames }) => screen.surface === 'full' || !isFrames);

export const actOf = (screen: Bound & Pick<Screen, 'surface'>, place: Place, key: string): Act | null =>
  actIn(keysOf(screen), place, key);

/** The first key of something that is done. */
export const keyNameOf = (screen: Bound, act: Act): string =>
  tableOf(screen).find((row) => row.act === act)?.keys[0] ?? '';
/** The same as a line of ours calls it. */
export const keyOf = (screen: Bound, act: Act): string => {
  const key = keyNameOf(screen, act);
  return key === 'escape' ? 'esc' : key;
};

const TERM_ACTS: readonly Act[] = ['more-uses', 'fewer-uses', 'longer', 'shorter'];
const DECIDING_ACTS: ReadonlySet<Act> = new Set(['arm', 'repeats', ...TERM_ACTS, 'reject', 'change']);
const OVER: ReadonlySet<string> = new Set(['signing', 'decided', 'closed']);
/** A review is no approval, and rejects nothing. */
const ofReview = (rows: readonly ScreenKey[]): ScreenKey[] =>
  rows
    .filter(({ act }) => act !== 'reject')
    .map((row) => (row.act === 'arm' ? { ...row, foot: 'good' } : row));
/** A call is let happen or not; no commit has it, and its uses and time are of a grant alone. */
const ofCall = (rows: readonly ScreenKey[], view: AskedChange): ScreenKey[] =>
  rows.filter(({ act }) => act !== 'change' && act !== 'next-file' && (grantIn(view) || !isTerm(act)));
const isTerm = (act: Act): boolean => TERM_ACTS.includes(act);
const rowsFor = (screen: Pick<Screen, 'approval' | 'bound'>): readonly ScreenKey[] => {
  const { what, view } = screen.approval ?? {};
  if (what === 'review') return ofReview(tableOf(screen));
  return view && !isOfCommit(view) ? ofCall(tableOf(screen), view) : tableOf(screen);
};
/** What the last line offers: of an approval that is over, no decision. */
export const footOf = (screen: Pick<Screen, 'isHelp' | 'approval' | 'bound'>): string => {
  const isOver = OVER.has(screen.approval?.phase.name ?? '');
  const table = rowsFor(screen);
  return footIn(isOver ? table.filter(({ act }) => !DECIDING_ACTS.has(act)) : table, keysPlaceOf(screen));
};
