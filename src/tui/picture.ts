/** The whole screen as lines: exactly its height of exactly its width, whatever is in it. */
import { approvalLines } from './approval-pane.ts';
import { EDIT_KEY, mayEdit } from './editing.ts';
import { apart, beside, fill } from './frame/box.ts';
import { type CellLine, lineCells, ours, type Span, theirs } from './frame/line.ts';
import { helpLines } from './help.ts';
import { footOf, keyOf } from './keys.ts';
import { typedRows } from './layout.ts';
import { tabs } from './opening.ts';
import { paletteLines } from './palette.ts';
import { inboxPane, sessionPane, tracePane } from './panes.ts';
import { isWide } from './sizes.ts';
import type { Pane, Screen, Typing } from './state.ts';
import { ANSWERS, enterWhenSure, isLooking, LOOKING, typedHead } from './typing.ts';

const header = ({ live, size }: Screen): CellLine => {
  const { relays, revision, unsent } = live;
  const left: CellLine = [ours(' entangle  ', 'strong'), theirs(live.me)];
  const right: CellLine = [
    ours(
      `relays ${relays.open}/${relays.all}${relays.open === 0 ? ', this may be old' : ''}`,
      relays.open === 0 ? 'bad' : relays.open < relays.all ? 'warn' : 'good',
    ),
    ours(` · rev ${revision ?? 'none yet'} · unsent ${unsent} `, unsent > 0 ? 'warn' : 'dim'),
  ];
  return apart(left, right, size.width);
};

const enterOf = (screen: Screen, typing: Typing): string => {
  if (isLooking(typing)) return LOOKING[typing.what].enter;
  const { enter } = ANSWERS[typing.what];
  return typing.sureFrom !== undefined ? (enterWhenSure(screen, typing.what) ?? enter) : enter;
};

/** A mark stands in its place. */
const withoutFirst = (span: Span): Span => ({ ...span, text: [...span.text].slice(1).join('') });

/** The last of its rows says what Enter does, where there is room: what is typed comes before it. */
const typedLines = (screen: Screen, typing: Typing): CellLine[] => {
  const enter = enterOf(screen, typing);
  const head = ` ${typedHead(typing)}`;
  const { rows, most } = typedRows(screen, `${head}${typing.text}`, typing.isEdited);
  const feet = typing.isFull
    ? ['_  not all of it fits here: backspace goes on, esc cancels', '_ full']
    : [
        ...(mayEdit(screen, typing) ? [`_  ${EDIT_KEY}: $EDITOR, ${enter}, esc cancels`] : []),
        `_  ${enter}, esc cancels`,
      ];
  const room = screen.size.width - lineCells(rows.at(-1) ?? []);
  const foot = feet.find((one) => one.length <= room) ?? '_';
  const [first = [], ...more] = rows;
  const named = theirs(head, 'warn');
  const [span = named] = first;
  const begun: CellLine = [named, { ...span, text: span.text.slice(named.text.length) }];
  const all = [begun, ...more];
  const shown = [...all.slice(0, -1), [...all.at(-1)!, ours(foot, 'dim')]];
  if (shown.length <= most) return shown;
  // A screen that became smaller: its end is where one types
  const [top = [], ...rest] = shown.slice(-most);
  return [[ours('…', 'dim'), ...top.map((one, n) => (n === 0 ? withoutFirst(one) : one))], ...rest];
};

/** Between what is said and the keys. */
const GAP = 2;
const footer = (screen: Screen): CellLine[] => {
  const { typing, notice } = screen;
  if (typing) return typedLines(screen, typing);
  const foot = ours(`${footOf(screen)} `, 'dim');
  if (notice === null) return [[ours(' '), foot]];
  const said = theirs(` ${notice}`, 'warn');
  // What is said comes first; where all keys have no room beside it, how to go on has, and the one that shows them
  const help = `${keyOf(screen, 'help')} help `;
  const isOpenable = screen.approval === null && !screen.isHelp && screen.selected !== null;
  const keys = [
    foot,
    ...(isOpenable ? [ours(`${keyOf(screen, 'open')} open  ${help}`, 'dim')] : []),
    ours(help, 'dim'),
  ];
  const room = screen.size.width - lineCells([said]) - GAP;
  const beside = keys.find((one) => lineCells([one]) <= room);
  return [beside ? apart([said], [beside], screen.size.width) : [said]];
};

const PANE: Readonly<Record<Pane, (screen: Screen, now: number) => CellLine[]>> = {
  inbox: inboxPane,
  session: sessionPane,
  trace: tracePane,
};

const panes = (screen: Screen, now: number): CellLine[] => {
  if (!isWide(screen.size)) return [tabs(screen.pane), ...PANE[screen.pane](screen, now)];
  return beside(inboxPane(screen, now), [...sessionPane(screen, now), ...tracePane(screen)]);
};

export const pictureOf = (screen: Screen, now: number): CellLine[] => {
  const { size, approval } = screen;
  const { typing } = screen;
  const middle =
    typing?.what === 'command'
      ? paletteLines(screen, typing, Math.max(0, size.height - 2))
      : screen.isHelp
        ? helpLines(screen)
        : approval
          ? approvalLines(screen, approval, now)
          : panes(screen, now);
  const foot = footer(screen);
  const body = fill(middle, { width: size.width, height: Math.max(0, size.height - 1 - foot.length) });
  return fill([header(screen), ...body, ...foot], size);
};
