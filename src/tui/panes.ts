/** The panes: what waits, the selected session, and what was signed for it as it comes. */
import { age } from '../core/encoding/age.ts';
import { shownTime } from '../core/encoding/time.ts';
import type { GrantView } from '../services/user/grants.ts';
import { isTrouble } from '../services/user/is-trouble.ts';
import type { InboxItem, SessionItem, TraceRow } from '../services/user/live.ts';
import { OPERATION_WORDS } from '../services/user/operation-words.ts';
import { takeLines } from '../services/user/taking.ts';
import type { SessionTree } from '../services/user/tree.ts';
import { treeIndent, treeMark, treeRows } from '../services/user/tree-words.ts';
import { troubleFacts, troubleName, troubleTitle, troubleWhy } from '../services/user/trouble-words.ts';
import type { TroubleItem } from '../services/user/troubles.ts';
import { apart, box, windowTop } from './frame/box.ts';
import {
  type CellLine,
  lineCells,
  ours,
  type Span,
  type SpanTone,
  theirs,
  wrapLine,
  wrapWords,
} from './frame/line.ts';
import { keyOf } from './keys.ts';
import { itemsOf, type ListedItem, sessionOn, traceOf, troubleCount, troubleOn } from './layout.ts';
import { grantsOn, grantText, openCount } from './open-grants.ts';
import { isWide, paneHeight, paneSize } from './sizes.ts';
import { notesNow, type Pane, type Screen } from './state.ts';

const WHAT_TONE: Readonly<Record<InboxItem['what'], SpanTone>> = {
  conflict: 'bad',
  behind: 'bad',
  muted: 'warn',
  unsent: 'warn',
  approval: 'warn',
  question: 'warn',
  review: 'warn',
  session: 'plain',
};
/** That a person said no is no failure. */
export const stateWords = ({ state, reason }: SessionItem): string =>
  state === 'failed' && reason === 'approval_rejected' ? 'rejected' : state.replaceAll('_', ' ');
/** The first word of its row. */
export const whatOf = (one: InboxItem): string => {
  switch (one.what) {
    case 'approval':
      return OPERATION_WORDS[one.operation].row;
    case 'question':
      return 'asks you';
    case 'review':
      return 'review';
    case 'session':
      return stateWords(one);
    case 'conflict':
    case 'behind':
    case 'muted':
    case 'unsent':
      return `! ${troubleName(one)}`;
  }
};

const whenOf = (one: InboxItem, now: number): string => {
  if (one.what === 'approval' || one.what === 'review') return `expires ${age(one.expires, now)}`;
  return isTrouble(one) ? `${troubleWhy(one)}, ${age(one.since, now)}` : age(one.since, now);
};

export const itemLine = (one: ListedItem, isSelected: boolean, now: number): CellLine => {
  return [
    ours(isSelected ? '> ' : '  ', 'accent'),
    ours(`${whatOf(one)} `, isSelected ? 'strong' : WHAT_TONE[one.what]),
    ...(one.alike ? [ours(`×${one.alike.length + 1} `, isSelected ? 'strong' : 'warn')] : []),
    theirs(`${one.node}: ${one.title}`, isSelected ? 'strong' : 'plain'),
    theirs(`  ${whenOf(one, now)}`, 'dim'),
  ];
};

const framed = (screen: Screen, pane: Pane, title: string, lines: readonly CellLine[]): CellLine[] =>
  box(theirs(title, 'strong'), lines, paneSize(screen.size, pane), screen.pane === pane);

export const inboxPane = (screen: Screen, now: number): CellLine[] => {
  const items = itemsOf(screen);
  const waiting = (what: InboxItem['what']) => screen.live.items.filter((one) => one.what === what).length;
  const questions = waiting('question');
  const toAnswer = questions > 0 ? ` · ${questions} to answer` : '';
  const reviews = waiting('review');
  const toReview = reviews > 0 ? ` · ${reviews} to review` : '';
  const at = Math.max(
    0,
    items.findIndex((one) => one.id === screen.selected),
  );
  const height = paneHeight(screen.size, 'inbox');
  const top = windowTop(at, height);
  const lines = items.slice(top, top + height).map((one) => itemLine(one, one.id === screen.selected, now));
  const open = openCount(screen, now);
  const granted = open > 0 ? ` · ${open === 1 ? '1 grant' : `${open} grants`} open` : '';
  const filter = screen.filter === '' ? '' : ` · /${screen.filter}`;
  return framed(
    screen,
    'inbox',
    `1 Inbox · ${waiting('approval')} to approve${toAnswer}${toReview}${granted}${troubleCount(screen.live)}${filter}`,
    lines.length > 0 ? lines : [empty(screen), ...(isWide(screen.size) ? [] : noteLines(screen, 'inbox'))],
  );
};

const empty = (screen: Screen): CellLine => {
  const { live, filter } = screen;
  if (live.items.length > 0)
    return [theirs(`nothing here has the words "${filter}"; ${keyOf(screen, 'back')} shows all`, 'dim')];
  const [agent] = live.agents;
  if (agent === undefined) return [ours('nothing waits for you', 'dim')];
  return [theirs(`nothing waits for you; ${keyOf(screen, 'ask')} asks ${agent}`, 'dim')];
};

const NAMED = 11;

const noteLines = (screen: Screen, pane: Pane): CellLine[] => {
  const width = Math.max(1, paneSize(screen.size, pane).width - 4);
  return notesNow(screen).flatMap((note) => wrapLine(theirs(note, 'dim'), width, ' '.repeat(NAMED)));
};

/** Long texts are put into rows once, not at each frame: who wrote them is not trusted with the time that takes. */
const LONG = 200;
const MOST_KEPT = 256;
const kept = new Map<string, CellLine[]>();
const factLines = (
  name: string,
  text: string,
  tone: SpanTone,
  width: number,
  wrap: (span: Span, width: number, indent: string) => CellLine[] = wrapLine,
): CellLine[] => {
  const rows = () => wrap(theirs(`${name.padEnd(NAMED)}${text}`, tone), width, ' '.repeat(NAMED));
  if (text.length < LONG) return rows();
  const key = `${width} ${tone} ${name} ${text}`;
  const lines = kept.get(key) ?? rows();
  // Again at the end: what was not shown for longest goes first
  kept.delete(key);
  kept.set(key, lines);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return lines;
};

/** Each command on rows of its own, whose ends are between words: several rows that somebody copies are what a shell takes. */
const commandFacts = (name: string, command: string, width: number): Fact[] =>
  command.split(' && ').map((part, n) => ({
    lines: factLines(n === 0 ? name : '', part, 'plain', width, (span, ...rest) =>
      wrapWords([span], ...rest),
    ),
  }));

type Fact = { lines: CellLine[]; question?: string };

/** Who asked whom, and at the end of each row whose word it is; a long row goes on where its text begins. */
export const treeLines = (tree: SessionTree, width: number, now: number): CellLine[] =>
  treeRows(tree, (since) => age(since, now)).flatMap((row) => {
    const indent = treeIndent(row);
    const rest = ' '.repeat(Math.min(indent.length + 2, Math.max(0, width - 1)));
    const rows = wrapLine(theirs(`${indent}${row.text}`, row.isSigned ? 'plain' : 'dim'), width, rest);
    const mark = [ours(treeMark(row), row.isSigned ? 'good' : 'dim')];
    const last = rows.at(-1) ?? [];
    const hasRoom = lineCells(last) + 2 + lineCells(mark) <= width;
    return hasRoom ? [...rows.slice(0, -1), apart(last, mark, width)] : [...rows, apart([], mark, width)];
  });

type Drawn = {
  width: number;
  now: number;
  tree: SessionTree | null;
  answered?: string | undefined;
  /** Open ones of this person that reach it, and the key that ends them. */
  grants?: readonly GrantView[];
  revoke?: string;
};

/** With the grants that answered it, if any did. */
export const approvalWords = ({ state, by = [] }: SessionItem['approvals'][number]): string =>
  [state, ...(by.length > 0 ? [`by ${by.join(', ')}`] : [])].join(' ');

const sessionFacts = (
  one: SessionItem,
  { width, now, tree, answered, grants = [], revoke }: Drawn,
): Fact[] => {
  const fact = (name: string, text: string, tone: SpanTone = 'plain'): Fact => ({
    lines: factLines(name, text, tone, width),
  });
  const asked = [
    fact('node', `${one.node}, attempt ${one.attempt}, since ${age(one.since, now)}`),
    fact('asked by', one.requester),
  ];
  return [
    ...(tree ? [{ lines: treeLines(tree, width, now) }] : asked),
    fact('session', one.id),
    fact(
      'state',
      `${one.state}${one.reason ? `: ${one.reason}` : ''}`,
      one.state === 'failed' ? 'bad' : 'strong',
    ),
    ...(one.nobodyRuns ? [fact('', `nobody runs ${one.node} now`, 'warn')] : []),
    fact('task', one.title),
    ...one.questions.map(({ id, state, text }) =>
      state === 'open'
        ? { ...fact(id === answered ? 'answering' : 'asks you', text, 'warn'), question: id }
        : fact('question', `${id} ${state}`),
    ),
    ...grants.map((grant) => fact('grant', `${grantText(grant, now)}; ${revoke} ends it`, 'warn')),
    ...one.approvals.map((asked) => fact('approval', `${asked.id} ${approvalWords(asked)}`)),
    ...one.artifacts.flatMap((made) => [
      made.isSigned
        ? fact('published', `${made.commit} on ${made.branch}, as you approved`, 'good')
        : fact('≈ claimed', `published ${made.commit} on ${made.branch} of ${made.repository}`),
      ...takeLines(made).flatMap(({ name, command }) => commandFacts(`${name} it`, command, width)),
    ]),
    ...(one.summary ? [fact('≈ claimed', one.summary.trimEnd())] : []),
  ];
};
export const sessionLines = (one: SessionItem, drawn: Drawn): CellLine[] =>
  sessionFacts(one, drawn).flatMap(({ lines }) => lines);

/** All that is known of what is in the way. */
export const troubleLines = (one: TroubleItem, width: number, now: number): CellLine[] =>
  troubleFacts(one, now).flatMap(([name, text]) => factLines(name, text, 'plain', width));

const sessionRows = (screen: Screen, now: number): Fact[] => {
  const width = Math.max(1, paneSize(screen.size, 'session').width - 4);
  const trouble = troubleOn(screen);
  if (trouble) return [{ lines: troubleLines(trouble, width, now) }];
  const session = sessionOn(screen);
  const { typing, tree } = screen;
  const answered = typing?.what === 'reply' ? typing.question : undefined;
  if (session)
    return sessionFacts(session, {
      ...{ width, now, tree, answered },
      grants: grantsOn(screen, session, now),
      revoke: keyOf(screen, 'revoke'),
    });
  return tree ? [{ lines: treeLines(tree, width, now) }] : [];
};
export const sessionLength = (screen: Screen, now: number): number =>
  sessionRows(screen, now).reduce((sum, { lines }) => sum + lines.length, 0);

/** Its rows in the pane of its session: the first of them, and the one behind the last. */
export const questionRows = (screen: Screen, id: string, now: number): { from: number; to: number } => {
  const facts = sessionRows(screen, now);
  const at = facts.findIndex(({ question }) => question === id);
  const from = facts.slice(0, at).reduce((sum, { lines }) => sum + lines.length, 0);
  return { from, to: from + (facts[at]?.lines.length ?? 0) };
};

export const sessionPane = (screen: Screen, now: number): CellLine[] => {
  const { session, tree, size, notes, sessionTop } = screen;
  const none = notes.length > 0 ? noteLines(screen, 'session') : [[ours('no session is selected', 'dim')]];
  const trouble = troubleOn(screen);
  if (!session && !tree && !trouble) return framed(screen, 'session', '2 Session', none);
  const lines = sessionRows(screen, now).flatMap((one) => one.lines);
  const height = paneHeight(size, 'session');
  const top = Math.max(0, Math.min(sessionTop, lines.length - height));
  const to = Math.min(lines.length, top + height);
  const where = lines.length > height ? ` · rows ${top + 1} to ${to} of ${lines.length}` : '';
  return framed(
    screen,
    'session',
    `2 ${trouble ? troubleTitle(trouble) : `Session ${session ? session.id : 'of somebody else'}`}${where}`,
    lines.slice(top, to),
  );
};

/** What a node says its engine did is marked as that: nobody but the node stands for it. */
const traceWords = (row: TraceRow): CellLine => {
  switch (row.is) {
    case 'signed':
      return [ours('✓ signed  ', 'good'), theirs(`${row.type} by ${row.signer}`)];
    case 'printed':
      return [ours('≈ claimed '), theirs(`${row.signer}: ${row.text}`)];
    case 'missed':
      return [
        ours(`… ${row.bytes} bytes that `, 'dim'),
        theirs(row.signer, 'dim'),
        ours(' printed were not received', 'dim'),
      ];
  }
};
export const traceLine = (row: TraceRow): CellLine => [
  ours(`${shownTime(row.at / 1000).slice(11, 19)} `, 'dim'),
  ...traceWords(row),
];

export const tracePane = (screen: Screen): CellLine[] => {
  const rows = traceOf(screen);
  const height = paneHeight(screen.size, 'trace');
  const top = screen.traceTop ?? Math.max(0, rows.length - height);
  const state = screen.traceTop === null ? 'live' : `from ${top + 1}`;
  return framed(
    screen,
    'trace',
    `3 Trace · ${state} · ${rows.length}`,
    rows.slice(top, top + height).map(traceLine),
  );
};
