/** Rows of a change with the syntax of its programs in them: the same cells, coloured when they are drawn and not before. */
import { diffSyntax } from '../core/source/diff-syntax.ts';
import type { SyntaxPart } from '../core/source/syntax.ts';
import { type BodyRow, diffLines, drawnParts, indentOf } from './approval-body.ts';
import type { AskedChange } from './asked.ts';
import { type CellLine, lineCells, type Span } from './frame/line.ts';

type Read = { lines: readonly string[]; partsOf: ReturnType<typeof diffSyntax> };
const read = new WeakMap<AskedChange, Read>();
const readOf = (view: AskedChange): Read => {
  const known = read.get(view);
  if (known) return known;
  const lines = diffLines(view);
  const one = { lines, partsOf: diffSyntax(lines) };
  read.set(view, one);
  return one;
};

/** Words that changed keep their own look. */
const isMarked = ({ tone }: Span): boolean => tone === 'added' || tone === 'removed';

/** `parts` by places in the text of the line. */
const withParts = (line: CellLine, parts: readonly SyntaxPart[]): CellLine => {
  const spans: Span[] = [];
  let start = 0;
  for (const span of line) {
    const end = start + span.text.length;
    const piece = (from: number, to: number, kind?: SyntaxPart['kind']): void => {
      const text = span.text.slice(from - start, to - start);
      if (text !== '') spans.push({ ...span, text, ...(kind ? { syntax: kind } : {}) });
    };
    let at = start;
    for (const { from, to, kind } of isMarked(span) ? [] : parts) {
      const [first, last] = [Math.max(at, from), Math.min(end, to)];
      if (last <= first) continue;
      piece(at, first);
      piece(first, last, kind);
      at = last;
    }
    piece(at, end);
    start = end;
  }
  // A character of several code points that is cut may take other cells
  return lineCells(spans) === lineCells(line) ? spans : line;
};

const textOf = (line: CellLine): string => line.map(({ text }) => text).join('');

/** By the rows of a body, which are made once for a view and a width. */
const drawn = new WeakMap<BodyRow, CellLine>();

/** All rows of the line that one is of. */
const drawSource = (view: AskedChange, rows: readonly BodyRow[], row: number): void => {
  const { lines, partsOf } = readOf(view);
  const { source } = rows[row]!;
  const at = source - (rows.at(-1)!.source + 1 - lines.length);
  const parts = at < 0 ? [] : partsOf(at);
  const draw = (one: BodyRow, line: CellLine) => drawn.set(one, line);
  if (parts.length === 0) return void draw(rows[row]!, rows[row]!.line);
  let first = row;
  while (rows[first - 1]?.source === source) first -= 1;
  const own: BodyRow[] = [];
  for (let n = first; rows[n]?.source === source; n++) own.push(rows[n]!);
  const indent = indentOf('full');
  const texts = own.map(({ line }, n) => textOf(line).slice(n === 0 ? 0 : indent));
  const where = drawnParts(
    lines[at]!,
    parts.map(({ from, to }) => [from, to]),
    texts.join(''),
  );
  let start = 0;
  for (const [n, one] of own.entries()) {
    const shift = start - (n === 0 ? 0 : indent);
    const here = where.map(([from, to], i) => ({
      from: Math.max(from, start) - shift,
      to: to - shift,
      kind: parts[i]!.kind,
    }));
    draw(one, withParts(one.line, here));
    start += texts[n]!.length;
  }
};

/** Rows from one to before another. What is read aloud has none of this. */
export const syntaxLines = (
  view: AskedChange,
  rows: readonly BodyRow[],
  from: number,
  to: number,
): CellLine[] =>
  rows.slice(from, to).map((row, n) => {
    if (!drawn.has(row)) drawSource(view, rows, from + n);
    return drawn.get(row) ?? row.line;
  });
