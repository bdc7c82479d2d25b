/** The whole screen as lines: exactly its height of exactly its width, whatever is in it. */
import { approvalLines } from './approval-pane.ts';
import { apart, beside, fill } from './frame/box.ts';
import { type CellLine, lineCells, ours, type Span, theirs, wrapLine } from './frame/line.ts';
import { footOf, KEYS } from './keys.ts';
import { helpHeight, isWide } from './layout.ts';
import { paletteLines } from './palette.ts';
import { inboxPane, sessionPane, tracePane } from './panes.ts';
import { helpLines } from './shell/key-table.ts';
import { PANES, type Pane, type Screen } from './state.ts';
import { ANSWERS, isLooking, LOOKING, typedHead } from './typing.ts';

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

/** So much of the end as fits: what is typed next is seen. */
const lastOf = (span: Span, width: number): Span => wrapLine(span, Math.max(1, width)).at(-1)?.[0] ?? span;

const footer = (screen: Screen): CellLine => {
  const { typing, notice } = screen;
  if (typing) {
    const { enter } = isLooking(typing) ? LOOKING[typing.what] : ANSWERS[typing.what];
    const head = theirs(` ${typedHead(typing)}`, 'warn');
    const all = theirs(typing.text);
    const feet = typing.isFull
      ? ['_  not all of it fits here: backspace goes on, esc cancels', '_ full']
      : [`_  ${enter}, esc cancels`];
    const room = screen.size.width - lineCells([head]);
    // What Enter does is told as long as there is room: what is typed comes before it
    const foot = feet.find((one) => lineCells([all]) + one.length <= room) ?? '_';
    const text = lastOf(all, room - foot.length);
    return [head, text, ours(foot, 'dim')];
  }
  if (notice !== null) return [theirs(` ${notice}`, 'warn')];
  return [ours(` ${footOf(screen)}`, 'dim')];
};

const NAMES: Readonly<Record<Pane, string>> = { inbox: '1 Inbox', session: '2 Session', trace: '3 Trace' };
const tabs = ({ pane }: Screen): CellLine =>
  PANES.flatMap((one) => [
    ours(one === pane ? `[${NAMES[one]}]` : ` ${NAMES[one]} `, one === pane ? 'strong' : 'dim'),
    ours(' '),
  ]);

const PANE: Readonly<Record<Pane, (screen: Screen, now: number) => CellLine[]>> = {
  inbox: inboxPane,
  session: sessionPane,
  trace: tracePane,
};

const panes = (screen: Screen, now: number): CellLine[] => {
  if (!isWide(screen.size)) return [tabs(screen), ...PANE[screen.pane](screen, now)];
  return beside(inboxPane(screen, now), [...sessionPane(screen, now), ...tracePane(screen)]);
};

export const pictureOf = (screen: Screen, now: number): CellLine[] => {
  const { size, approval } = screen;
  const { typing } = screen;
  const middle =
    typing?.what === 'command'
      ? paletteLines(screen, typing, Math.max(0, size.height - 2))
      : screen.isHelp
        ? helpLines(KEYS, screen.helpTop, helpHeight(size))
        : approval
          ? approvalLines(screen, approval, now)
          : panes(screen, now);
  const body = fill(middle, { width: size.width, height: Math.max(0, size.height - 2) });
  return fill([header(screen), ...body, footer(screen)], size);
};
