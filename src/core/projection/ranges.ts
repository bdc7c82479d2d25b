/** Sets of whole numbers as sorted, disjoint, inclusive ranges. */
export type Range = [number, number];

export const addToRanges = (ranges: readonly Range[], n: number): Range[] => addRange(ranges, [n, n]);

export const addRange = (ranges: readonly Range[], [from, to]: Readonly<Range>): Range[] => {
  const last = ranges.at(-1);
  if (last && from === last[1] + 1) return [...ranges.slice(0, -1), [last[0], to]];
  const out: Range[] = [];
  let added: Range = [from, to];
  for (const range of ranges) {
    if (range[1] < added[0] - 1 || range[0] > added[1] + 1) out.push(range);
    else added = [Math.min(range[0], added[0]), Math.max(range[1], added[1])];
  }
  out.push(added);
  return out.sort((a, b) => a[0] - b[0]);
};

export const inRanges = (ranges: readonly Range[], n: number): boolean =>
  ranges.some(([from, to]) => from <= n && n <= to);

/** Highest number up to which nothing is missing (numbers start at 1), and the gaps above it. */
export const gaps = (ranges: readonly Range[]): { high: number; missing: Range[] } => {
  const missing: Range[] = [];
  let next = 1;
  for (const [from, to] of ranges) {
    if (from > next) missing.push([next, from - 1]);
    next = to + 1;
  }
  return { high: (missing[0]?.[0] ?? next) - 1, missing };
};
