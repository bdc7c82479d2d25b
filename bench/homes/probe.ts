/** Loaded before a program of ours: at its end it writes what memory it had at most, and the longest block of its event loop. */
import { writeFileSync } from 'node:fs';
import { watchBlocks } from './blocks.ts';

export type Probed = { peakMb: number; blockMs: number };

const blocks = watchBlocks();
// From here on, says who started it: what a start takes is another measure
process.on('SIGUSR2', blocks.again);
process.on('exit', () => {
  const probed: Probed = { peakMb: process.resourceUsage().maxRSS / 1_024, blockMs: blocks.longest() };
  writeFileSync(process.env.BENCH_PROBE!, JSON.stringify(probed));
});
