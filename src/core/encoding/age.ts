/** Times as people compare them: how long ago, or in how long. Programs read the time itself, with `--json`. */
const UNITS: readonly [string, number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** "2 min ago", "in 23 h"; of an ISO time. What is no time stays as it is. */
export const age = (time: string, now: number): string => {
  const distance = Date.parse(time) - now;
  if (Number.isNaN(distance)) return time;
  const [unit, length] = UNITS.find(([, ms]) => Math.abs(distance) >= ms) ?? ['s', 1000];
  const many = `${Math.floor(Math.abs(distance) / length)} ${unit}`;
  return distance > 0 ? `in ${many}` : `${many} ago`;
};
