/** A line of a screen: spans of text, cut to terminal cells by us, because a layout that squeezes text overlaps it. */
import stringWidth from 'string-width';
import type { Colour, Syntax } from '../../core/encoding/colours.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';

export type SpanTone = Colour | 'plain';
/** `syntax`: what it is in a program, within its tone. */
export type Span = { text: string; tone: SpanTone; syntax?: Syntax };
export type CellLine = readonly Span[];

/** Words of ours. */
export const ours = (text: string, tone: SpanTone = 'plain'): Span => ({ text, tone });

/**
 * Text of others on one line: what it hides is visible, and nothing in it moves a cursor. A tab and a line end are drawn
 * as arrows; an arrow that stands there itself is escaped, so that each picture is of one text.
 */
export const theirs = (text: string, tone: SpanTone = 'plain'): Span => {
  const plain = /^[\x20-\x5b\x5d-\x7e]*$/.test(text);
  return { text: plain ? text : drawn(text), tone };
};
/** The same in sentences, where nothing is drawn: what would be is spelled as its escape. */
export const spelled = (text: string, tone: SpanTone = 'plain'): Span => ({ text: sanitize(text), tone });

const drawn = (text: string): string =>
  sanitize(text)
    .replaceAll('→', '\\u{2192}')
    .replaceAll('↵', '\\u{21b5}')
    .replaceAll('\\x09', '→   ')
    .replaceAll('\\x0a', ' ↵ ');

/** Marks and borders of ours, each one cell wherever it stands: to look these up would compile what knows all signs, for 20 ms. */
const NARROW = /^[\x20-\x7e·×’“”…→↵≈─-╬✓»]*$/;

/** Cells that a text takes: as Ink counts them, so that nothing is counted twice in two ways. */
const cellsOf = (text: string): number => {
  if (NARROW.test(text)) return text.length;
  if (text.length > LONGEST_KEPT) return stringWidth(text);
  const kept = text.length > 1 ? spans : units;
  const known = kept.get(text) ?? stringWidth(text);
  if (spans.size > MOST_KEPT) spans.clear();
  kept.set(text, known);
  return known;
};
/** Of single units, at most 65,536: a line may be of one of them, ten thousands of times. */
const units = new Map<string, number>();
/** Of borders, marks and titles, which each frame has again; of others' texts no more than fits. */
const spans = new Map<string, number>();
const MOST_KEPT = 4_096;
const LONGEST_KEPT = 250;

export const lineCells = (line: CellLine): number => line.reduce((sum, { text }) => sum + cellsOf(text), 0);

/** Made when first needed: it takes 10 ms. */
let segmenter: Intl.Segmenter | undefined;
function* characters(text: string): Generator<[segment: string, cells: number]> {
  if (NARROW.test(text)) {
    for (const unit of text) yield [unit, 1];
    return;
  }
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield [segment, cellsOf(segment)];
}

const MARK = '…';

/** So much of it as fits, with a mark where something is missing. */
const cut = (line: CellLine, width: number): CellLine => {
  const kept: Span[] = [];
  let left = width - 1;
  for (const { text, tone } of line) {
    let shown = '';
    for (const [segment, taken] of characters(text)) {
      if (taken > left) return [...kept, { text: shown + MARK, tone }];
      shown += segment;
      left -= taken;
    }
    kept.push({ text: shown, tone });
  }
  return kept;
};

/** Exactly so many cells: cut with a mark, or filled. */
export const fitLine = (line: CellLine, width: number): CellLine => {
  if (width <= 0) return [];
  const fitting = lineCells(line) > width ? cut(line, width) : line;
  const missing = width - lineCells(fitting);
  return missing > 0 ? [...fitting, ours(' '.repeat(missing))] : fitting;
};

/** The end of it, where all of it does not fit, behind a mark: of a line that is typed. */
export const endOfLine = (text: string, width: number): string => {
  if (cellsOf(text) <= width) return text;
  const shown: string[] = [];
  let left = width - 1;
  for (const [segment, taken] of [...characters(text)].reverse()) {
    if (taken > left) break;
    shown.unshift(segment);
    left -= taken;
  }
  return MARK + shown.join('');
};

/** How many cells a text takes, where each character of it takes one; else what each takes. */
export type TextCells = number | Uint8Array;
export const textCells = (text: string): TextCells =>
  NARROW.test(text) ? text.length : Uint8Array.from(characters(text), ([, cells]) => cells);

/** A row behind an indent that fills it has one character all the same. */
const behindIndent = (width: number, indent: string): number => Math.max(1, width - cellsOf(indent));

/** How many rows `wrapLine` makes of it. */
export const rowsOfCells = (cells: TextCells, width: number, indent: string): number => {
  if (typeof cells === 'number')
    return 1 + Math.ceil(Math.max(0, cells - Math.max(1, width)) / behindIndent(width, indent));
  const begun = cellsOf(indent);
  let [rows, taken] = [1, 0];
  for (const more of cells) {
    if (taken > 0 && taken + more > width) {
      rows += 1;
      taken = begun;
    }
    taken += more;
  }
  return rows;
};

/** Rows of at most so many cells, nothing left out; those after the first begin with `indent`. */
export const wrapLine = ({ text, tone }: Span, width: number, indent = ''): CellLine[] => {
  const rows = NARROW.test(text) ? cutRows(text, width, indent) : wrappedRows(text, width, indent);
  return rows.map((row) => [{ text: row, tone }]);
};
const cutRows = (text: string, width: number, indent: string): string[] => {
  const first = Math.max(1, width);
  const rows = [text.slice(0, first)];
  const room = behindIndent(width, indent);
  for (let at = first; at < text.length; at += room) rows.push(indent + text.slice(at, at + room));
  return rows;
};
const wrappedRows = (text: string, width: number, indent: string): string[] => {
  const rows: string[] = [''];
  let taken = 0;
  for (const [segment, more] of characters(text)) {
    if (taken > 0 && taken + more > width) {
      rows.push(indent);
      taken = cellsOf(indent);
    }
    rows[rows.length - 1] += segment;
    taken += more;
  }
  return rows;
};

type Cells = Span & { taken: number };
const joined = (cells: readonly Cells[]): CellLine => {
  const spans: Span[] = [];
  for (const { text, tone } of cells) {
    const last = spans.at(-1);
    if (last?.tone === tone) last.text += text;
    else spans.push({ text, tone });
  }
  return spans;
};

/** The same of a line of several spans, and between words where one begins in the second half of a row. */
export const wrapWords = (line: CellLine, width: number, indent: string): CellLine[] => {
  if (lineCells(line) <= width) return [line];
  const [all, rows]: [Cells[], Cells[][]] = [[], []];
  for (const { text, tone } of line)
    for (const [segment, taken] of characters(text)) all.push({ text: segment, tone, taken });
  let row: Cells[] = [];
  let left = width;
  for (const one of all) {
    if (row.length > 0 && one.taken > left) {
      const blank = row.findLastIndex(({ text }) => text === ' ');
      const rest = blank > row.length / 2 ? row.splice(blank + 1) : [];
      rows.push(row);
      row = [{ text: indent, tone: 'plain', taken: lineCells([ours(indent)]) }, ...rest];
      left = width - row.reduce((sum, { taken }) => sum + taken, 0);
    }
    row.push(one);
    left -= one.taken;
  }
  return [...rows, row].map(joined);
};
