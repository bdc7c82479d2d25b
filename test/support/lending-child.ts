/** Lends its terminal to a program again and again, as `user watch` does; says how often a Ctrl-C for that reached it. */
import { feedAtTerminal, runAtTerminal } from '../../src/adapters/system/child-process.ts';
import { withoutInterrupts } from '../../src/cli/kit/interrupt.ts';

let heard = 0;
process.on('SIGINT', () => {
  heard += 1;
});
// A handler alone keeps no process alive
const alive = setInterval(() => undefined, 60_000);
const never = new AbortController().signal;
const turns = Number(process.argv[2]);
for (let turn = 1; turn <= turns; turn += 1) {
  const args = ['-c', `echo '<${turn}>'; read -r line < /dev/tty`];
  const start = { program: '/bin/sh', args, env: { PATH: '/usr/bin:/bin' }, cwd: '/' };
  const isEditor = turn % 2 === 0;
  await withoutInterrupts(() => (isEditor ? runAtTerminal(start, never) : feedAtTerminal(start, '', never)));
}
clearInterval(alive);
console.log(`heard ${heard}`);
