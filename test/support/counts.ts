/** How often a test repeats what it tries: the usual count, the long one of `npm run test:slow`, a tenth under `npm run mutation`. */

export const isSlow = process.env.SLOW === '1';
const isMutation = process.env.MUTATION !== undefined;

export function times(usual: number, slow: number): number {
  if (isSlow) return slow;
  return isMutation ? Math.ceil(usual / 10) : usual;
}
