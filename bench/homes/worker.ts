/** Signs the tasks of a range, and writes what they leave in a ledger, a line each, into a file. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { workerData } from 'node:worker_threads';
import { kindOf, type Range, secondOf } from './plan.ts';
import { openMint } from './template.ts';

const { directory, owner, from, to, tasks, numbers, file } = workerData as Range;
const mint = openMint(directory);
const out = createWriteStream(file);
for (let n = from; n < to; n++) {
  const minted = mint.task(kindOf(n, tasks), owner, n, secondOf(n), numbers);
  const isFull = !out.write(minted.map((one) => `${JSON.stringify(one)}\n`).join(''));
  if (isFull) await once(out, 'drain');
}
out.end();
await finished(out);
