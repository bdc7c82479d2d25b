import type { Line } from '../ledger/line.ts';

/** When this home wrote the line, by its own clock, in Unix milliseconds. */
export const keptAt = (line: Line): number => Date.parse(line.at) || 0;
