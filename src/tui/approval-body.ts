/** What an approval covers, as rows of one width: facts that our side computed, the task, the files, the whole change. */
import { inRanges, type Range } from '../core/projection/ranges.ts';
import { changedParts, type Part } from '../core/source/changed-words.ts';
import { allowedReach, allowedText } from '../services/user/allowed.ts';
import { attachedText } from '../services/user/attached-words.ts';
import { boundWords, callParts, claimedFacts, isOfCommit } from '../services/user/bound-words.ts';
import type { ChangeView } from '../services/user/change-view.ts';
import {
  atBlanks,
  changeTotals,
  diffTone,
  endOf,
  fileRow,
  groupName,
  groupText,
  isGroupHead,
  movesOf,
  spelledBlanks,
  withoutTrailing,
} from '../services/user/change-words.ts';
import { grantFacts } from '../services/user/grants.ts';
import type { Signer } from '../services/user/shown-task.ts';
import { plainLine } from './ansi.ts';
import { type AskedChange, grantIn } from './asked.ts';
import { type CellLine, ours, type Span, type SpanTone, spelled, theirs, wrapLine } from './frame/line.ts';
import { markedRows, shownParts } from './marked-words.ts';
import type { Surface } from './state.ts';

/** `source`: the line of the text that a row is of; `file`, `group`: one begins here. */
export type BodyRow = { line: CellLine; source: number; file: boolean; group: boolean };
/** `parts`: those of its text that changed in a line that was. */
type Source = { span: Span; file?: true; group?: true; parts?: readonly Part[] };

type TextOf = (text: string, tone?: SpanTone) => Span;
/** How text of others is shown: a line of a change, one of a command, and any other; `indent` begins the rest of a long line. */
type Look = { text: TextOf; line: TextOf; exact: TextOf; parts: PartsOf; indent: string };
/** Where parts of a line are in its text as it is shown. */
type PartsOf = (line: string, parts: readonly Part[], shown: string) => readonly Part[];

const NAMED = 14;
const fact = ({ text }: Look, name: string, words: string): Source => ({
  span: text(`${name.padEnd(NAMED)}${words}`),
});

const signerText = ({ name, npub, claimed }: Signer, asker: string): string =>
  name === null ? npub : `${name} (${npub}${claimed ? `, claimed by ${asker}` : ''})`;

type Split = (line: string) => [text: string, blanks: string];
/** Each blank is a dot there, a tab an arrow as everywhere, and a dot that is one is escaped. */
const drawnWith =
  (split: Split): TextOf =>
  (line, tone) => {
    const [before, blanks] = split(line);
    const { text } = theirs(before);
    const end = endOf(text, '·');
    const dots = '\\u{b7}'.repeat(text.length - end);
    return {
      text: text.slice(0, end) + dots + theirs(blanks.replaceAll(' ', '·')).text,
      tone: tone ?? 'plain',
    };
  };

/** Piece by piece as above, but for dots at the end, which then are not marked. */
export const drawnParts: PartsOf = (line, parts, shown) => {
  const end = withoutTrailing(line)[0].length;
  const show = (from: number, to: number): string =>
    theirs(line.slice(from, Math.max(from, Math.min(to, end)))).text +
    theirs(line.slice(Math.max(from, end), to).replaceAll(' ', '·')).text;
  return shownParts(line, parts, show, shown);
};

/** Begins the rest of a long line: no line of a change or a task begins so. */
const INDENT = '»   ';
const DRAWN: Look = {
  ...{ text: theirs, line: drawnWith(withoutTrailing), exact: drawnWith(atBlanks) },
  ...{ parts: drawnParts, indent: INDENT },
};

/** The same blanks in sentences are spelled, as everything is that would show nothing. */
const spelledWith =
  (split: Split): TextOf =>
  (line, tone) => {
    const [before, blanks] = split(line);
    return { text: spelled(before).text + spelledBlanks(blanks), tone: tone ?? 'plain' };
  };
/** A voice has no tones. */
const SPOKEN: Look = {
  ...{ text: spelled, line: spelledWith(withoutTrailing), exact: spelledWith(atBlanks) },
  ...{ parts: () => [], indent: 'continued: ' },
};

const LOOKS: Readonly<Record<Surface, Look>> = { full: DRAWN, inline: DRAWN, spoken: SPOKEN };

/** So many characters begin the rest of a long line, and are none of it. */
export const indentOf = (surface: Surface): number => LOOKS[surface].indent.length;

/** The last lines of a body, one source each. */
export const diffLines = (view: AskedChange): string[] =>
  isOfCommit(view) ? view.diff.replace(/\n$/, '').split('\n') : [];

const diffSources = (view: AskedChange, look: Look): Source[] => {
  const lines = diffLines(view);
  const tones = lines.map((_, at) => diffTone(lines, at) ?? 'plain');
  const parts = changedParts(lines, {
    gone: (at) => tones[at] === 'bad',
    come: (at) => tones[at] === 'good',
  });
  return lines.map((line, at) => {
    const span = look.line(line, tones[at]!);
    const own = parts.get(at);
    return {
      span,
      ...(line !== '' && lines[at - 1] === '' ? { file: true } : {}),
      ...(isGroupHead(line) ? { group: true } : {}),
      ...(own ? { parts: look.parts(line, own, span.text) } : {}),
    };
  });
};

/** What each of them that is decided here is called, and what would be signed of it. */
const severalSources = (view: AskedChange, look: Look): Source[] => {
  if (view.what !== 'approval' || !view.alike) return [];
  const all = [view, ...view.alike];
  return [
    {
      span: ours(
        `${all.length} requests for the same: one decision signs each (a filter for its id shows one alone). They differ in this:`,
        'strong',
      ),
    },
    ...all
      .filter(isOfCommit)
      .flatMap((one, at) => [
        fact(look, `${at + 1} of ${all.length}`, `approval ${one.id} of session ${one.session}`),
        fact(look, '', `commit ${one.commit} to ${one.ref}`),
        fact(look, '', `expires ${one.expires}`),
        fact(look, '', `subject ${one.subjectDigest}`),
      ]),
    { span: ours('') },
  ];
};

const grantSources = (view: AskedChange, look: Look): Source[] => {
  const grant = grantIn(view);
  return grant
    ? [...grantFacts(grant).map(([name, text]) => fact(look, name, text)), { span: ours('') }]
    : [];
};

type FilesOf = Pick<ChangeView, 'files' | 'groups'>;
/** Where there is one alone, its row names it; of groups each names its files below. */
const fileSources = ({ files, groups }: FilesOf, look: Look): Source[] => {
  const moves = movesOf(groups.length > 0 ? [] : files);
  const rows =
    groups.length > 0
      ? groups.map((group) => `${groupName(group)}  ${groupText(group)}`)
      : files.map((one) => fileRow(one, moves));
  const [alone = '', ...others] = rows;
  if (rows.length > 0 && others.length === 0)
    return [fact(look, groups.length > 0 ? 'group' : 'file', alone)];
  const title = groups.length > 0 ? `${groups.length} groups, by directory:` : 'files:';
  return [{ span: ours(title, 'strong') }, ...rows.map((row) => ({ span: look.text(row) }))];
};

const sourcesOf = (view: AskedChange, look: Look): Source[] => {
  const blank: Source = { span: ours('') };
  return [
    ...severalSources(view, look),
    ...grantSources(view, look),
    ...boundWords(view).facts.map(([name, text]) => fact(look, name, text)),
    ...(isOfCommit(view) ? [fact(look, 'change', changeTotals(view.files))] : []),
    ...claimedFacts(view).map(([name, text]) => fact(look, name, text)),
    fact(look, 'asked by', signerText(view.asker, view.node)),
    fact(look, 'launched by', signerText(view.launcher, view.node)),
    ...(view.path.length > 2 ? [fact(look, 'path', view.path.join(' > '))] : []),
    fact(look, 'allowed by', allowedText(view.allowed)),
    ...allowedReach(view.allowed).map((words) => fact(look, 'its turns', words)),
    fact(look, 'expires', view.expires),
    fact(look, view.what, `${view.id} of session ${view.session}`),
    blank,
    ...(isOfCommit(view)
      ? []
      : callParts(view).flatMap(({ title, text }) => [...block(title, text, look, look.exact), blank])),
    ...block(`task as ${view.node} has it:`, view.task, look),
    ...view.attached.map((one) => fact(look, 'attached', attachedText(one))),
    ...(isOfCommit(view) ? [blank, ...fileSources(view, look), blank, ...diffSources(view, look)] : []),
  ];
};

/** Indented: no line of it reads as one of ours. */
const block = (title: string, text: string, look: Look, lineOf = look.text): Source[] => [
  { span: look.text(title, 'strong') },
  ...text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => ({ span: lineOf(`    ${line}`) })),
];

/** All of it as a text of its own, with the same things made visible. */
export const bodyText = (view: AskedChange, surface: Surface): string =>
  sourcesOf(view, LOOKS[surface])
    .map(({ span }) => `${plainLine([span])}\n`)
    .join('');

const bodyRows = (view: AskedChange, width: number, look: Look): BodyRow[] =>
  sourcesOf(view, look).flatMap(({ span, parts = [], file = false, group = false }, source) =>
    markedRows(wrapLine(span, width, look.indent), parts, look.indent.length).map((line, row) => ({
      line,
      source,
      file: file && row === 0,
      group: group && row === 0,
    })),
  );

type Kept = { width: number; look: Look; rows: BodyRow[] };
const kept = new WeakMap<AskedChange, Kept>();

/** Made once for a view and a width of a surface: a change may have a hundred thousand lines. */
export const bodyOf = (view: AskedChange, width: number, surface: Surface): BodyRow[] => {
  const look = LOOKS[surface];
  const known = kept.get(view);
  if (known?.width === width && known.look === look) return known.rows;
  const rows = bodyRows(view, width, look);
  kept.set(view, { width, look, rows });
  return rows;
};

/** Groups of which some row was never on the screen, of how many. */
export const unreadGroups = (
  rows: readonly BodyRow[],
  shown: readonly Range[],
): { unread: number; all: number } => {
  const begins = startsOf(rows);
  const ends = [...begins.slice(1), rows.length];
  const isRead = (from: number, to: number) => shown.some(([a, b]) => a <= from + 1 && to <= b);
  return { unread: begins.filter((from, at) => !isRead(from, ends[at]!)).length, all: begins.length };
};
const starts = new WeakMap<readonly BodyRow[], readonly number[]>();
const startsOf = (rows: readonly BodyRow[]): readonly number[] => {
  const known = starts.get(rows) ?? rows.flatMap(({ group }, row) => (group ? [row] : []));
  starts.set(rows, known);
  return known;
};

/** Which rows of another width were on the screen: those of lines all of whose rows were. */
export const shownAtWidth = (
  before: readonly BodyRow[],
  shown: readonly Range[],
  after: readonly BodyRow[],
): Range[] => {
  const missing = new Set(before.flatMap(({ source }, row) => (inRanges(shown, row + 1) ? [] : [source])));
  const ranges: Range[] = [];
  for (const [row, { source }] of after.entries()) {
    if (missing.has(source)) continue;
    const last = ranges.at(-1);
    if (last?.[1] === row) last[1] = row + 1;
    else ranges.push([row + 1, row + 1]);
  }
  return ranges;
};
