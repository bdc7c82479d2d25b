/** The operator's screen as lines: exactly its height of exactly its width, whatever is in it. */
import { isWord } from '../../core/encoding/grammar.ts';
import { READ_STATES } from '../../core/vocabulary.ts';
import { apart, beside, box, fill, windowTop } from '../frame/box.ts';
import { type CellLine, ours, type Span, theirs } from '../frame/line.ts';
import { footIn, keyLines } from '../shell/key-table.ts';
import { detailLines } from './details.ts';
import { HOST_KEYS } from './keys.ts';
import { hostPaneHeight, hostPaneSize, isBeside, keysHeight, middleHeight } from './layout.ts';
import { ageOf, rowLine } from './lines.ts';
import { hostRows, selectedAt, selectedRow } from './rows.ts';
import { HOST_PANES, type HostPane, type HostScreen, isLive, isStreamed } from './state.ts';
import { detailsWidth } from './update.ts';

const NAMES: Readonly<Record<HostPane, string>> = {
  runners: '1 Runners',
  assignments: '2 Assignments',
  trace: '3 Trace',
  audit: '4 Audit',
  rejects: '5 Rejects',
};

const linkSpan = ({ link }: HostScreen, now: number): Span => {
  const age = ageOf(link.since, now);
  switch (link.is) {
    case 'live':
      return ours(`host live, since ${age.replace(' ago', '')}`, 'good');
    case 'reading':
      return ours('host there, its lists are read', 'warn');
    case 'silent':
      return ours(`host silent, heard ${age}`, 'warn');
    case 'gone':
      return ours(`host offline, since ${age.replace(' ago', '')}`, 'bad');
  }
};

/** Without the key of its Host, which `host status` has. */
const graphName = (graph: string): string => graph.split('/').at(-1) ?? '';

const header = (screen: HostScreen, now: number): CellLine => {
  const { overview, size } = screen;
  const left = [
    ours(' entangle  ', 'strong'),
    theirs(graphName(overview?.status.graph ?? '')),
    ours(' · operator'),
  ];
  if (overview === null) return apart(left, [linkSpan(screen, now), ours(' ')], size.width);
  const { relays, revision, outbox } = overview.status;
  const open = relays.filter(({ state }) => isWord(READ_STATES, state)).length;
  const was = isLive(screen) ? '' : 'was: ';
  const facts = ` · ${was}relays ${open}/${relays.length} · rev ${revision?.n ?? 'none yet'} · unsent ${outbox} `;
  const isFine = !isLive(screen) || (open === relays.length && outbox === 0);
  return apart(left, [linkSpan(screen, now), ours(facts, isFine ? 'dim' : 'warn')], size.width);
};

/** Why what is below is not what is now, and of when it is. */
const banner = ({ link, overview }: HostScreen): CellLine[] => {
  if (link.is === 'live') return [];
  const of = overview === null ? 'nothing was read yet' : `below is how it was at ${timeOf(overview.at)}`;
  switch (link.is) {
    case 'gone':
      return [[theirs(` ! the Host is gone (${link.why}): ${of}; it is waited for`, 'bad')]];
    case 'silent':
      return [[ours(` ! nothing comes from the Host: ${of}`, 'warn')]];
    case 'reading':
      return [[ours(` … the Host is there: ${of}`, 'warn')]];
  }
};
const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 19);

/** What the title says beside the name: of what is streamed whether it is live. */
const titleOf = (screen: HostScreen, pane: HostPane, count: number): string => {
  const filter = screen.filter === '' ? '' : ` · /${screen.filter}`;
  if (!isStreamed(pane)) return `${NAMES[pane]} · ${count}${filter}`;
  const isNow = isLive(screen) && !screen.isLost[pane];
  const state = !isNow ? 'not live' : screen.selected[pane] === null ? 'live' : 'held at a row';
  return `${NAMES[pane]} · ${state} · ${count}${filter}`;
};

const EMPTY: Readonly<Record<HostPane, string>> = {
  runners: 'no runners yet; invite one: entangle host invite runner --name NAME',
  assignments: 'no assignments: no graph with an agent is applied',
  trace: 'nothing was observed yet',
  audit: 'no operator changed anything yet',
  rejects: 'no rejected messages',
};
const emptyLine = ({ filter, overview }: HostScreen, pane: HostPane): CellLine => {
  if (filter !== '') return [theirs(`nothing here has the words "${filter}"; esc shows all`, 'dim')];
  return [ours(overview === null ? 'not read yet' : EMPTY[pane], 'dim')];
};

const paneLines = (screen: HostScreen, pane: HostPane, now: number): CellLine[] => {
  const rows = hostRows(screen, pane);
  const hasKeys = screen.pane === pane;
  const height = hostPaneHeight(screen, pane);
  const at = selectedAt(screen, pane, rows);
  const top = windowTop(Math.max(0, at), height);
  const lines = rows
    .slice(top, top + height)
    .map(
      (row, n): CellLine => [
        ours(hasKeys && top + n === at ? '> ' : '  ', 'accent'),
        ...rowLine(screen, row, now),
      ],
    );
  const title = theirs(titleOf(screen, pane, rows.length), 'strong');
  const shown = lines.length > 0 ? lines : [emptyLine(screen, pane)];
  return box(title, shown, hostPaneSize(screen, pane), hasKeys);
};

const tabs = ({ pane }: HostScreen): CellLine =>
  HOST_PANES.flatMap((one) => [
    ours(one === pane ? `[${NAMES[one]}]` : ` ${NAMES[one]} `, one === pane ? 'strong' : 'dim'),
    ours(' '),
  ]);

const panes = (screen: HostScreen, now: number): CellLine[] => {
  const of = (pane: HostPane) => paneLines(screen, pane, now);
  if (!isBeside(screen.size)) return [tabs(screen), ...of(screen.pane)];
  return beside([...of('runners'), ...of('assignments')], [...of('trace'), ...of('audit'), ...of('rejects')]);
};

const details = (screen: HostScreen, now: number): CellLine[] => {
  const row = selectedRow(screen);
  const lines = row
    ? detailLines(screen, row, detailsWidth(screen), now)
    : [[ours('it is gone; esc goes back', 'dim')]];
  const size = { width: screen.size.width, height: middleHeight(screen) };
  return box(theirs(NAMES[screen.pane], 'strong'), lines.slice(screen.top), size, true);
};

const footer = ({ typing, notice, isHelp, isOpen }: HostScreen): CellLine => {
  if (typing !== null)
    return [ours(' /', 'accent'), theirs(typing), ours('_  enter filters, esc cancels', 'dim')];
  if (notice !== null) return [theirs(` ${notice}`, 'warn')];
  return [ours(` ${footIn(HOST_KEYS, isHelp ? 'help' : isOpen ? 'details' : 'panes')}`, 'dim')];
};

export const hostPicture = (screen: HostScreen, now: number): CellLine[] => {
  const { size } = screen;
  const middle = screen.isHelp
    ? [[ours(' keys', 'strong')], ...keyLines(HOST_KEYS).slice(screen.top, screen.top + keysHeight(screen))]
    : screen.isOpen
      ? details(screen, now)
      : panes(screen, now);
  const body = fill(middle, { width: size.width, height: middleHeight(screen) });
  return fill([header(screen, now), ...banner(screen), ...body, footer(screen)], size);
};
