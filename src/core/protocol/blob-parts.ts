/** How a blob is cut into the parts that messages carry. */
const PART_BYTES = 12_000;

/** Even nothing at all is one part. */
export const partCount = (size: number): number => Math.max(1, Math.ceil(size / PART_BYTES));

/** Where part n of a blob begins and ends. */
export const partBounds = (size: number, n: number): [from: number, to: number] => [
  n * PART_BYTES,
  Math.min(size, (n + 1) * PART_BYTES),
];
