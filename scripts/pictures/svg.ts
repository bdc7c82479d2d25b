/** The cells of a terminal as an SVG: text as text, no font of its own, readable on a light page and a dark one. */
import type { CellRun } from '../../test/support/cells.ts';

/** On its own ground, so that no page shines through. */
export const GROUND = '#0d1117';
const EDGE = '#3d444d';
const PLAIN = '#e6edf3';
const DIM = '#9198a1';
export const TEXT_FILLS: readonly string[] = [PLAIN, DIM];
/** Of the sixteen, by number. */
export const COLOUR_FILLS: Readonly<Record<number, string>> = {
  1: '#ff7b72',
  2: '#56d364',
  3: '#e3b341',
  4: '#79c0ff',
  5: '#d2a8ff',
  6: '#56d4dd',
};

/** In pixels. */
const CELL = { width: 8.4, height: 16, font: 14 } as const;
const AROUND = 12;
const BAR = 28;

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => XML[sign]!);
const number = (value: number): string => String(Math.round(value * 10) / 10);

const fillOf = ({ colour, dim }: CellRun): string => {
  if (colour === null) return dim ? DIM : PLAIN;
  const tone = COLOUR_FILLS[colour];
  if (tone === undefined) throw new Error(`colour ${colour} has no tone in pictures`);
  return tone;
};

/** Where blanks stand the place is said anew: fonts differ in what a cell is wide. */
const piecesOf = (run: CellRun): CellRun[] => {
  if (run.cells !== run.text.length) throw new Error(`${run.text} has wide characters, which no picture has`);
  return [...run.text.matchAll(/\S+(?: \S+)*/g)].map(({ 0: text, index }) => {
    return { ...run, text, column: run.column + index, cells: text.length };
  });
};

const span = (run: CellRun): string => {
  const x = number(AROUND + run.column * CELL.width);
  const length = number(run.cells * CELL.width);
  const weight = run.bold ? ' font-weight="bold"' : '';
  const line = run.underlined ? ' text-decoration="underline"' : '';
  return `<tspan x="${x}" textLength="${length}" fill="${fillOf(run)}"${weight}${line}>${escaped(run.text)}</tspan>`;
};

export type SvgPicture = {
  /** What a screen reader says of it. */
  title: string;
  /** Above the cells: the command that is seen. */
  command: string;
  rows: readonly (readonly CellRun[])[];
  columns: number;
};

export const svgOf = ({ title, command, rows, columns }: SvgPicture): string => {
  const width = number(2 * AROUND + columns * CELL.width);
  const height = number(BAR + 2 * AROUND + rows.length * CELL.height);
  const lines = rows.flatMap((row, at) => {
    const y = number(BAR + AROUND + (at + 0.75) * CELL.height);
    return row.length === 0 ? [] : [`<text y="${y}">${row.flatMap(piecesOf).map(span).join('')}</text>`];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="${CELL.font}">`,
    `<title id="title">${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${number(Number(width) - 1)}" height="${number(Number(height) - 1)}" rx="8" fill="${GROUND}" stroke="${EDGE}"/>`,
    `<path d="M1 ${BAR}H${number(Number(width) - 1)}" stroke="${EDGE}"/>`,
    `<text x="${AROUND}" y="19" fill="${DIM}">$ ${escaped(command)}</text>`,
    ...lines,
    '</svg>',
  ].join('\n')}\n`;
};
