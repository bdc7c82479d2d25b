/** Rows of a change with the syntax of its programs in them: the same cells, coloured when they are drawn and not before. */
import type { SyntaxPart } from '../core/source/syntax.ts';
import type { Body, BodyRow } from './approval-body.ts';
import { drawnParts } from './approval-head.ts';
import { type CellLine, lineCells, type Span } from './frame/line.ts';

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

/** By the rows of a source, which its body keeps while they are looked at. */
const drawn = new WeakMap<readonly BodyRow[], readonly CellLine[]>();

const drawSource = (body: Body, source: number, own: readonly BodyRow[]): CellLine[] => {
  const at = source - body.head;
  const parts = at < 0 ? [] : body.change.syntax(at);
  if (parts.length === 0) return own.map(({ line }) => line);
  const texts = own.map(({ line }, n) => textOf(line).slice(n === 0 ? 0 : body.indent));
  const where = drawnParts(
    body.change.line(at),
    parts.map(({ from, to }) => [from, to]),
    texts.join(''),
  );
  let start = 0;
  return own.map(({ line }, n) => {
    const shift = start - (n === 0 ? 0 : body.indent);
    const here = where.map(([from, to], i) => ({
      from: Math.max(from, start) - shift,
      to: to - shift,
      kind: parts[i]!.kind,
    }));
    start += texts[n]!.length;
    return withParts(line, here);
  });
};

/** Rows from one to before another. What is read aloud has none of this. */
export const syntaxLines = (body: Body, from: number, to: number): CellLine[] =>
  body.slice(from, to).map(({ source }, n) => {
    const own = body.rowsOf(source);
    const known = drawn.get(own) ?? drawSource(body, source, own);
    drawn.set(own, known);
    return known[from + n - body.startOf(source)]!;
  });
