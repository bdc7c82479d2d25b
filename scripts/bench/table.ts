/** Measures as a table of Markdown: what is ours, what it is held against, the ratio, and what it must reach. */
import type { Goal, Measure } from './measure.ts';

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
const withUnit = (value: number, unit: string | undefined): string =>
  unit === undefined ? shown(value) : `${shown(value)} ${unit}`;

export const isReached = ({ ours, ratio, goal }: Measure): boolean | null => {
  if (goal === undefined) return null;
  const value = goal.of === 'ratio' ? ratio : ours;
  return goal.is === 'most' ? value <= goal.value : value >= goal.value;
};

const goalText = ({ of, is, value }: Goal, unit: string | undefined): string =>
  `${is === 'most' ? '≤' : '≥'} ${of === 'ratio' ? shown(value) : withUnit(value, unit)}`;
const answer = (reached: boolean | null): string => (reached === null ? '' : reached ? 'yes' : 'no');

const HEAD = ['measure', 'ours', 'held against', 'ratio', 'must reach', 'reached'];
const cellsOf = (one: Measure): string[] => [
  one.name,
  withUnit(one.ours, one.unit),
  withUnit(one.theirs, one.unit),
  shown(one.ratio),
  one.goal ? goalText(one.goal, one.unit) : '',
  answer(isReached(one)),
];

export const tableText = (measures: readonly Measure[]): string => {
  const rows = [HEAD, HEAD.map(() => '---'), ...measures.map(cellsOf)];
  return `${rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
};

const [BEGIN, END] = ['<!-- measures -->', '<!-- end of measures -->'];
/** A page with its table taken out, and the new one in its place. */
export const pageWith = (page: string, table: string): string => {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${before}${BEGIN}\n\n${table}\n${END}${after}`;
};
