/** Run as a program: more tasks arrive at a grown home. Says how long its event loop was blocked at most. Arguments: owner, lines, home. */

import { watchBlocks } from './blocks.ts';
import { templateDirectory } from './grown.ts';
import type { Owner } from './mint.ts';
import { openGrown } from './open.ts';
import { kindOf, secondOf, tasksFor } from './plan.ts';
import { openMint } from './template.ts';

/** More lines than from one look for what is over to the next. */
const MORE = 3_000;

const [owner, lines, home] = process.argv.slice(2) as [Owner, string, string];
const mint = openMint(await templateDirectory());
const tasks = tasksFor(mint, owner, Number(lines));
const numbers = new Map<string, number>();
for (let n = 0; n < tasks; n++) mint.pass(kindOf(n, tasks), numbers);
const minted = [];
for (let n = tasks, count = 0; count < MORE; n++) {
  const task = mint.task('approved', owner, n, secondOf(n), numbers);
  minted.push(task);
  count += task.length;
}
const opened = await openGrown(home, []);
await opened.projection.save();

const blocks = watchBlocks();
for (const task of minted) for (const { entry } of task) await opened.home.ledger.append(() => [entry]);
await opened.projection.save();
process.stdout.write(JSON.stringify({ blockMs: blocks.longest() }));
await opened.close();
