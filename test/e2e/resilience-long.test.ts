/** A long day: what a task costs the processes does not grow with what they remember. */
import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { json, tempHomes } from '../support/cli.ts';
import { isSlow, times } from '../support/counts.ts';
import {
  commitsOf,
  lostAfterAck,
  type ProcessFederation,
  resultsOf,
  startProcesses,
} from '../support/process-federation.ts';

const BLOCKS = times(3, 6);
const BLOCK = times(6, 50);
const AT_ONCE = 3;
let fed: ProcessFederation | undefined;
afterEach(async () => {
  await fed?.close();
  fed = undefined;
});

const PARTS = ['relay', 'host', 'runner'] as const;
/** Ticks of 10 ms in user and system mode. */
const cpuMs = (pid: number): number => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return 10 * (Number(fields[11]) + Number(fields[12]));
};
const rssMiB = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

type Block = Record<`${(typeof PARTS)[number]}${'Cpu' | 'Rss'}`, number> & { seconds: number };

/** Cost of one block of tasks: CPU of each process a task in ms, its resident memory in MiB afterwards. */
const block = async (one: ProcessFederation, sessions: string[]): Promise<Block> => {
  const pids = PARTS.map((part) => one.serving(part).child.pid!);
  const [cpu, started] = [pids.map(cpuMs), performance.now()];
  const mine: string[] = [];
  for (let i = 0; i < BLOCK; i += AT_ONCE)
    mine.push(
      ...(await Promise.all(Array.from({ length: AT_ONCE }, (_, j) => one.ask(`echo ${i + j} >> a.txt`)))),
    );
  for (const session of mine) await json(one.homes.user, ['user', 'wait', session, '--timeout', '240s']);
  sessions.push(...mine);
  const seconds = (performance.now() - started) / 1000;
  return Object.fromEntries([
    ['seconds', seconds],
    ...PARTS.flatMap((part, i) => [
      [`${part}Cpu`, (cpuMs(pids[i]!) - cpu[i]!) / mine.length],
      [`${part}Rss`, rssMiB(pids[i]!)],
    ]),
  ]);
};

test(`${BLOCKS * BLOCK} tasks: the last ones cost what the first did`, async () => {
  fed = await startProcesses(tempHomes(), { capacity: AT_ONCE });
  const sessions: string[] = [];
  const blocks: Block[] = [];
  for (let i = 0; i < BLOCKS; i++) blocks.push(await block(fed, sessions));
  if (isSlow)
    console.table(
      blocks.map((one) => Object.fromEntries(Object.entries(one).map(([k, v]) => [k, Math.round(v)]))),
    );
  for (const session of sessions) {
    expect(resultsOf(fed, session)).toEqual(['completed']);
    expect(commitsOf(fed, session)).toBe(1);
  }
  expect(lostAfterAck(fed)).toEqual([]);
  const [second, last] = [blocks[1]!, blocks.at(-1)!];
  for (const part of PARTS) {
    expect(last[`${part}Cpu`]).toBeLessThan(2 * second[`${part}Cpu`] + 50);
    expect(last[`${part}Rss`]).toBeLessThan(1.5 * second[`${part}Rss`] + 20);
  }
});
