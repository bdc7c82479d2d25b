/** Plain text for people: colours by meaning, tables, pairs. Values come in sanitized (`base-command.ts`). */

import { probeLine, probeLines, type SeenAgent, voidLine } from '../../core/acp/probe-words.ts';
import type { Theme } from '../../core/command-words.ts';
import { type Colour, coloured } from '../../core/encoding/colours.ts';
import type { CheckedView } from '../../core/ledger/verification.ts';

export type Token = Colour;

/** Colours a text, where colours are wanted. */
export type Paint = (token: Token, text: string) => string;

export function paint(token: Token, text: string, isColoured: boolean, theme?: Theme): string {
  return isColoured ? coloured(token, text, theme) : text;
}

const wide =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|^\p{Emoji_Presentation}|^[\u{20000}-\u{3fffd}]/u;
/** Made when first needed: it takes 10 ms. */
let segmenter: Intl.Segmenter | undefined;
const colours = /\u001b\[[0-9;]*m/g;

/** Text without colours. Not `stripVTControlCharacters`: loading node:util takes longer than the rest of this. */
export const plain = (text: string): string => text.replace(colours, '');

/** What a reader takes for one character, each with the cells of a terminal that it takes. */
function* characters(text: string): Generator<[segment: string, cells: number]> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (const { segment } of segmenter.segment(text)) yield [segment, wide.test(segment) ? 2 : 1];
}

/** Terminal cells that a text takes. */
export function cells(text: string): number {
  const bare = plain(text);
  if (/^[\x20-\x7e]*$/.test(bare)) return bare.length;
  let sum = 0;
  for (const [, taken] of characters(bare)) sum += taken;
  return sum;
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cells(text)));

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';
const trimmed = (line: string, before: boolean, after: boolean): string => {
  let [from, to] = [0, line.length];
  while (before && isBlank(line[from])) from += 1;
  while (after && to > from && isBlank(line[to - 1])) to -= 1;
  return line.slice(from, to);
};
/** Newlines in a cell would let a value fake a row. No pattern: one for blanks before a newline looks from each of them. */
export const oneLine = (text: string): string => {
  const lines = text.split('\n');
  const last = lines.length - 1;
  return lines
    .map((line, at) => trimmed(line, at > 0, at < last))
    .filter((line, at) => at === 0 || at === last || line !== '')
    .join(' ↵ ');
};

/** Cells of a terminal that a table may take, or those of COLUMNS; in a pipe there is no end. */
export const screenWidth = (
  stream: { isTTY?: boolean; columns?: number },
  env: NodeJS.ProcessEnv = process.env,
): number => {
  if (stream.isTTY !== true) return Number.POSITIVE_INFINITY;
  const asked = /^[1-9]\d{0,4}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : stream.columns;
  return asked || Number.POSITIVE_INFINITY;
};

/** So much of a text as fits, and a mark where something is missing. */
export function fitCells(text: string, width: number): string {
  if (cells(text) <= width) return text;
  let shown = '';
  let taken = 0;
  for (const [segment, more] of characters(plain(text))) {
    taken += more;
    if (taken >= width) break;
    shown += segment;
  }
  return `${shown}…`;
}

/** Rows of so many cells at most, nothing left out: a character wider than that stands alone. */
export function wrapCells(text: string, width: number): string[] {
  if (cells(text) <= width) return [text];
  const rows = [''];
  let taken = 0;
  for (const [segment, more] of characters(text)) {
    if (taken > 0 && taken + more > width) {
      rows.push('');
      taken = 0;
    }
    rows[rows.length - 1] += segment;
    taken += more;
  }
  return rows;
}

/** The last column has at least so much of its text, however narrow the terminal is. */
const LEAST_COLUMN = 12;

/** Columns aligned, headings in capitals; the last one is cut where a terminal would wrap it, and nothing else. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly (string | number | null | undefined)[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const all = [
    headings.map((name) => name.toUpperCase()),
    ...rows.map((row) => row.map((cell) => oneLine(String(cell ?? '–')))),
  ];
  const widths = headings.map((_, index) =>
    all.reduce((most, line) => Math.max(most, cells(line[index] ?? '')), 0),
  );
  const before = widths.slice(0, -1).reduce((sum, one) => sum + one + 2, 0);
  const last = Math.max(LEAST_COLUMN, width - before);
  const lines = all.map((line) => [...line.slice(0, -1), fitCells(line.at(-1) ?? '', last)]);
  return lines
    .map((line) =>
      line
        .map((cell, index) => pad(cell, widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `name  value` lines; pairs without a value are left out. */
export function pairs(
  entries: readonly (readonly [string, string | number | boolean | null | undefined])[],
): string {
  const shown = entries.filter(([, value]) => value !== undefined && value !== null);
  const width = Math.max(0, ...shown.map(([name]) => cells(name)));
  return shown
    .map(
      ([name, value]) => `${pad(name, width)}  ${String(value).replace(/\n/g, `\n${' '.repeat(width + 2)}`)}`,
    )
    .join('\n');
}

/** "1 node", "2 nodes". */
export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** How a relay is, with its words where it has any. */
export const relayText = (relay: { url: string; state: string; detail?: string }): string =>
  `${relay.url} ${relay.state}${relay.detail ? `: ${oneLine(relay.detail)}` : ''}`;

/** How many are open, and of those how many by nobody. */
export const sessionsText = ({ open, unheld, all }: { open: number; unheld: number; all: number }): string =>
  `${open} open${unheld > 0 ? `, ${unheld} that nobody runs` : ''} of ${all}`;

/** What a runner saw of the agents that it tried, and what of it is void. */
export const probesText = (probes: readonly SeenAgent[], isWhole = false, voids: readonly SeenAgent[] = []) =>
  [...probes.flatMap((one) => (isWhole ? probeLines(one) : [probeLine(one)])), ...voids.map(voidLine)]
    .map(oneLine)
    .join('\n') || 'none';

/** In words: what is damaged, or that nothing is. */
export const checkedText = (checked: CheckedView | null): string => {
  if (checked === null) return 'not yet';
  const { at, lines, fault } = checked;
  return fault === null ? `${lines} lines, all as they were written (${at})` : `DAMAGED (${at}): ${fault}`;
};
