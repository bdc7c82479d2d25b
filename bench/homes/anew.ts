/** Run as a program: opens a home whose read models are gone, and says what folding them anew took. Arguments: the home, `digest`. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { HISTORY_DIRECTORY } from '../../src/adapters/sqlite/chunks.ts';
import { PROJECTION_FILE } from '../../src/adapters/sqlite/projection.ts';
import { openGrown } from './open.ts';

export type Anew = { lines: number; ms: number; peakMb: number; told: string[]; digest: string | null };

const [home = '', wanted] = process.argv.slice(2);
rmSync(join(home, PROJECTION_FILE), { force: true });
rmSync(join(home, HISTORY_DIRECTORY), { recursive: true, force: true });
const told: string[] = [];
const before = performance.now();
const opened = await openGrown(home, told);
const ms = performance.now() - before;
const anew: Anew = {
  lines: opened.home.ledger.head.n,
  ms,
  peakMb: process.resourceUsage().maxRSS / 1_024,
  told,
  digest: wanted === 'digest' ? opened.projection.digest() : null,
};
process.stdout.write(JSON.stringify(anew));
await opened.close();
