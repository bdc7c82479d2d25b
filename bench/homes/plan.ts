/** Which tasks a grown home had, and when: of each ten most are approved, and few of all are still open. */
import type { Mint, Numbers, Owner } from './mint.ts';
import type { Kind } from './record.ts';

export type Range = {
  directory: string;
  owner: Owner;
  from: number;
  to: number;
  tasks: number;
  numbers: Numbers;
  file: string;
};

const TEN: readonly Kind[] = [
  ...(['approved', 'approved', 'failed', 'approved', 'rejected'] as const),
  ...(['approved', 'approved', 'cancelled', 'approved', 'approved'] as const),
];
/** Left open long ago, as a part of all; and the last ones. */
const OLD_OPEN = [0.1, 0.3, 0.6];
const LAST_OPEN = 5;
const BEGINS = 1_750_000_000;
const SECONDS_BETWEEN = 60;

export const secondOf = (n: number): number => BEGINS + n * SECONDS_BETWEEN;

export const kindOf = (n: number, tasks: number): Kind => {
  const isOpen = n >= tasks - LAST_OPEN || OLD_OPEN.some((part) => n === Math.floor(part * tasks));
  return isOpen ? 'open' : TEN[n % TEN.length]!;
};

/** How many tasks leave so many lines. */
export const tasksFor = (mint: Mint, owner: Owner, lines: number): number => {
  const ten = TEN.reduce((sum, kind) => sum + mint.linesOf(kind, owner), 0);
  return Math.max(LAST_OPEN + OLD_OPEN.length + 2, Math.round((lines * TEN.length) / ten));
};

/** As many ranges of them as there are to be workers. */
export const rangesOf = (
  mint: Mint,
  { directory, owner, tasks, workers }: Pick<Range, 'directory' | 'owner' | 'tasks'> & { workers: number },
): Range[] => {
  const numbers: Numbers = new Map();
  const ranges: Range[] = [];
  for (let n = 0; n < tasks; n++) {
    const from = Math.ceil((ranges.length * tasks) / workers);
    if (n === from) {
      const to = Math.ceil(((ranges.length + 1) * tasks) / workers);
      const file = `${directory}.${owner}.${process.pid}.${from}`;
      ranges.push({ directory, owner, tasks, file, from, to, numbers: new Map(numbers) });
    }
    mint.pass(kindOf(n, tasks), numbers);
  }
  return ranges;
};
