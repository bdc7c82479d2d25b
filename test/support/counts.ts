/** How often a test repeats what it tries: the usual count, the long one of `npm run test:slow`, a tenth under `npm run mutation`. */

export const isSlow = process.env.SLOW === '1';
const isMutation = process.env.MUTATION !== undefined;

export function times(usual: number, slow: number): number {
  if (isSlow) return slow;
  return isMutation ? Math.ceil(usual / 10) : usual;
}

const RANGE = /^(\d+)(?:-(\d+))?$/;

/** Seeds by their number; `SEED=200-399` takes these alone, to go on after a break. */
export function seedNumbers(usual: number, slow: number): number[] {
  const given = process.env.SEED;
  const [, from = '0', to = from] = RANGE.exec(given ?? '') ?? [];
  const length = given ? Number(to) - Number(from) + 1 : times(usual, slow);
  return Array.from({ length }, (_, i) => Number(from) + i);
}
