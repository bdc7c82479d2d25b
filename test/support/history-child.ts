/**
 * A process that appends a Host's lines one after the other, with segments, chunks and saves as often as can be, for crash
 * tests. Arguments: directory, file of lines. It prints `ready`, `ack <n>` for each durable line, and `done`.
 */
import { readFileSync, writeSync } from 'node:fs';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { acquireLock } from '../../src/adapters/system/lock.ts';
import { type Entry, parseLine } from '../../src/core/ledger/line.ts';
import { openSmall } from './small-home.ts';

const [directory = '', lines = ''] = process.argv.slice(2);
const entries = readFileSync(lines, 'utf8')
  .split('\n')
  .slice(0, -1)
  .map((text): Entry => {
    const { dir, event } = parseLine(text);
    return { dir, event };
  });
const { ledger, projection } = await openSmall(directory, { acquireLock, clock: systemClock });
writeSync(1, 'ready\n');
const SAVE_EVERY = 5;
while (ledger.head.n < entries.length) {
  const n = ledger.head.n;
  await ledger.append(() => [entries[n]!]);
  writeSync(1, `ack ${n + 1}\n`);
  if (n % SAVE_EVERY === 0) void projection.save();
}
await projection.save();
writeSync(1, 'done\n');
process.stdin.resume();
