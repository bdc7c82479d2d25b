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
const HEADING = /^### (.+)\n+/;
/** What a page holds between its marks, one part under the name of each benchmark. */
const partsIn = (text: string): [string, string][] =>
  text
    .trim()
    .split(/^(?=### )/m)
    .flatMap((part) => {
      const name = HEADING.exec(part)?.[1];
      return name === undefined ? [] : [[name, part.replace(HEADING, '').trim()]];
    });

/** A page in which the parts of these benchmarks are replaced, and those of all others stand as they were taken. */
export const pageWith = (page: string, taken: ReadonlyMap<string, string>): string => {
  const [before, rest] = page.split(BEGIN);
  const [old, after] = rest?.split(END) ?? [];
  if (before === undefined || old === undefined || after === undefined)
    throw new Error(`the page has no ${BEGIN} … ${END}`);
  const parts = [...new Map([...partsIn(old), ...taken])].sort(([one], [two]) => (one < two ? -1 : 1));
  const text = parts.map(([name, part]) => `### ${name}\n\n${part.trim()}\n\n`).join('');
  return `${before}${BEGIN}\n\n${text}${END}${after}`;
};
