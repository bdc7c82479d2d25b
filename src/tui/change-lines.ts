/** What is known of each line of a change whatever the width: in steps, once; how it looks when it is looked at. */
import { changedParts, type Part } from '../core/source/changed-words.ts';
import { diffSyntax, syntaxHunks } from '../core/source/diff-syntax.ts';
import type { SyntaxPart } from '../core/source/syntax.ts';
import { LINES_A_STEP, type Lines, linesOfText } from '../core/source/text-lines.ts';
import type { Steps } from '../core/steps.ts';
import { diffTone, isGroupHead } from '../services/user/change-words.ts';
import type { TextLook } from './approval-head.ts';
import { rowsOfCells, type Span, type SpanTone, textCells } from './frame/line.ts';

export type ChangeLines = {
  readonly length: number;
  line(at: number): string;
  span(at: number): Span;
  /** Parts of a line that changed in it. */
  parts(at: number): readonly Part[];
  /** What of a line is what in a program. */
  syntax(at: number): readonly SyntaxPart[];
  /** How many rows of a width it takes. */
  rows(at: number, width: number): number;
  /** Lines at which a file begins, and a group. */
  files: readonly number[];
  groups: readonly number[];
};

/** One is a number in a byte of its line. */
const TONES = ['plain', 'strong', 'good', 'bad', 'accent'] as const satisfies readonly SpanTone[];
const [GOOD, BAD] = [TONES.indexOf('good'), TONES.indexOf('bad')];

/** Bytes that become more: those of lines that are not of one cell a character. */
const growing = () => {
  let bytes = new Uint8Array(4_096);
  let length = 0;
  return {
    add(more: Uint8Array): void {
      if (length + more.length > bytes.length) {
        const larger = new Uint8Array(2 * (length + more.length));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(more, length);
      length += more.length;
    },
    from: (start: number, end = length): Uint8Array => bytes.subarray(start, end),
    length: (): number => length,
  };
};

/** How many cells lines take: a number each, of which those below zero say where what each character takes is found. */
const linesCells = (lines: Lines) => {
  const cells = new Int32Array(lines.length);
  const [wide, starts] = [growing(), [0]];
  return {
    set(at: number, text: string): void {
      const taken = textCells(text);
      cells[at] = typeof taken === 'number' ? taken : -starts.length;
      if (typeof taken === 'number') return;
      wide.add(taken);
      starts.push(wide.length());
    },
    of(at: number): number | Uint8Array {
      const taken = cells[at]!;
      return taken >= 0 ? taken : wide.from(starts[-taken - 1]!, starts[-taken]!);
    },
  };
};

export function* changeLines(diff: string, look: TextLook): Steps<ChangeLines> {
  const lines = yield* linesOfText(diff);
  const tones = new Uint8Array(lines.length);
  const cells = linesCells(lines);
  const files: number[] = [];
  const groups: number[] = [];
  let before: string | undefined;
  for (let at = 0; at < lines.length; at++) {
    const line = lines.at(at)!;
    const tone = diffTone(lines, at, line) ?? 'plain';
    tones[at] = TONES.indexOf(tone);
    cells.set(at, look.line(line, tone).text);
    if (line !== '' && before === '') files.push(at);
    if (isGroupHead(line)) groups.push(at);
    before = line;
    if (at % LINES_A_STEP === 0) yield;
  }
  const syntax = diffSyntax(lines, yield* syntaxHunks(lines));
  const changed = changedParts(lines, {
    gone: (at) => tones[at] === BAD,
    come: (at) => tones[at] === GOOD,
  });
  const span = (at: number): Span => look.line(lines.at(at)!, TONES[tones[at]!]!);
  return {
    length: lines.length,
    line: (at) => lines.at(at)!,
    span,
    parts: (at) => look.parts(lines.at(at)!, changed(at), span(at).text),
    syntax,
    rows: (at, width) => rowsOfCells(cells.of(at), width, look.indent),
    files,
    groups,
  };
}
