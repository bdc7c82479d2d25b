/** The screen while the record of its person is being opened: its panes with nothing in them, which says nothing of what is there. */
import { apart, beside, box, fill, type Size } from './frame/box.ts';
import { type CellLine, ours, theirs } from './frame/line.ts';
import { isWide, paneSize } from './sizes.ts';
import { PANES, type Pane } from './state.ts';

export const PANE_NAMES: Readonly<Record<Pane, string>> = {
  inbox: '1 Inbox',
  session: '2 Session',
  trace: '3 Trace',
};
/** The names of panes that do not stand side by side. */
export const tabs = (pane: Pane): CellLine =>
  PANES.flatMap((one) => [
    ours(one === pane ? `[${PANE_NAMES[one]}]` : ` ${PANE_NAMES[one]} `, one === pane ? 'strong' : 'dim'),
    ours(' '),
  ]);

/** `said`: what would have gone to stderr meanwhile. */
export const openingLines = (size: Size, said: string | null): CellLine[] => {
  const empty = (pane: Pane, lines: CellLine[] = []): CellLine[] =>
    box(ours(PANE_NAMES[pane], 'dim'), lines, paneSize(size, pane), false);
  const inbox = empty('inbox', [[ours('opening your record…', 'dim')]]);
  const panes = isWide(size)
    ? beside(inbox, [...empty('session'), ...empty('trace')])
    : [tabs('inbox'), ...inbox];
  const head = apart([ours(' entangle', 'strong')], [ours('opening ', 'dim')], size.width);
  const body = fill(panes, { width: size.width, height: Math.max(0, size.height - 2) });
  return fill([head, ...body, [theirs(said === null ? '' : ` ${said}`, 'warn')]], size);
};
