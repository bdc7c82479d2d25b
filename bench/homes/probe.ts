/** Loaded before a program of ours: at its end it writes what memory it had at most, and the longest block of its event loop. */
import { writeFileSync } from 'node:fs';

export type Probed = { peakMb: number; blockMs: number };

let [last, longest] = [performance.now(), 0];
const beat = (): void => {
  const now = performance.now();
  longest = Math.max(longest, now - last);
  last = now;
};
setInterval(beat, 1).unref();
// From here on, says who started it: what a start takes is another measure
process.on('SIGUSR2', () => {
  [last, longest] = [performance.now(), 0];
});
process.on('exit', () => {
  const probed: Probed = { peakMb: process.resourceUsage().maxRSS / 1_024, blockMs: longest };
  writeFileSync(process.env.BENCH_PROBE!, JSON.stringify(probed));
});
