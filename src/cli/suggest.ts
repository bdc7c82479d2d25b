/** "Did you mean …?" */

function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const swap = previous[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1);
      current.push(Math.min(swap, previous[j]! + 1, current[j - 1]! + 1));
    }
    previous = current;
  }
  return previous[right.length]!;
}

/** The candidate closest to what was typed, or null when none is close enough to be meant. */
export function nearest(typed: string, candidates: readonly string[]): string | null {
  const wanted = typed.slice(0, 80).toLowerCase();
  let best: { name: string; cost: number } | null = null;
  for (const name of candidates) {
    const cost = distance(wanted, name);
    if (best === null || cost < best.cost) best = { name, cost };
  }
  return best !== null && best.cost <= Math.max(2, Math.floor(wanted.length / 3)) ? best.name : null;
}
