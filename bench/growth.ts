/** What a long past costs: a person's list, the start and the idle life of a Host, and folding all of it anew; against a short one. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { atLeast, atMost, compared, type Measure, median, timed } from '../scripts/bench/measure.ts';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import type { Anew } from './homes/anew.ts';
import { type GrownFederation, grownFederation } from './homes/federation.ts';
import type { Owner } from './homes/mint.ts';
import type { Probed } from './homes/probe.ts';

const [MANY, MOST] = [30_000, 300_000];
const FEW = { inbox: 100, host: 1_000 } as const;
const ROUNDS = 11;
/** A Host looks every half minute whether it has something to save. */
const IDLE_MS = 35_000;
const BLOCK_MS = 50;
const RATE = 10_000;
const NAMES = { host: 'a Host', alice: 'a person' } as const;

const program = (name: string): string => fileURLToPath(new URL(`homes/${name}.ts`, import.meta.url));
const outputOf = <T>(name: string, ...args: string[]): T =>
  JSON.parse(execFileSync(process.execPath, [program(name), ...args], { encoding: 'utf8' }));
const probed = (file: string): Probed => JSON.parse(readFileSync(file, 'utf8'));

type Pair = { few: GrownFederation; many: GrownFederation };
const against = ({ few, many }: Pair): string => `with ${many.lines} lines against ${few.lines}`;

/** Turn about, so that other work on the machine is the same for both. */
const inbox = (pair: Pair): Measure[] => {
  const walls: Record<keyof Pair, number[]> = { few: [], many: [] };
  const peaks: Record<keyof Pair, number[]> = { few: [], many: [] };
  for (let round = -1; round < ROUNDS; round++)
    for (const which of ['few', 'many'] as const) {
      const home = pair[which].home('alice');
      const file = join(home, 'probed.json');
      const args = [BIN, 'user', 'inbox', '--home', home];
      const wall = timed(args, environment(home));
      timed(['--import', program('probe'), ...args], { ...environment(home), BENCH_PROBE: file });
      // The first one reads what its relay has for it
      if (round < 0) continue;
      walls[which].push(wall);
      peaks[which].push(probed(file).peakMb);
    }
  const [name, most] = [against(pair), atMost(1.3)];
  return [
    compared(`\`user inbox\` ${name}`, median(walls.many), median(walls.few), 'ms', most),
    compared(`memory of \`user inbox\` ${name}`, median(peaks.many), median(peaks.few), 'MB', most),
  ];
};

const megabytesOf = ({ pid }: ChildProcess): number =>
  Number(/^VmRSS:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) / 1_024;

/** From its start until it says that it serves; then what it has, and how long it blocks while nothing is asked of it. */
const served = async (fed: GrownFederation, idleMs: number) => {
  const home = fed.home('host');
  const file = join(home, 'probed.json');
  const args = ['--import', program('probe'), BIN, 'host', 'serve', '--home', home, '--json', '--no-input'];
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    ...{ env: { ...environment(home), BENCH_PROBE: file }, stdio: ['ignore', 'pipe', 'ignore'] },
  });
  try {
    const [said] = await once(child.stdout!, 'data');
    if (String(said).includes('"error"')) throw new Error(`a Host does not start: ${said}`);
    const ready = performance.now() - began;
    child.kill('SIGUSR2');
    await delay(idleMs);
    const memory = megabytesOf(child);
    child.kill('SIGTERM');
    await once(child, 'exit');
    return { ready, memory, block: probed(file).blockMs };
  } finally {
    child.kill('SIGKILL');
  }
};

const hosts = async (pair: Pair, idleMs: number): Promise<Measure[]> => {
  const [few, many] = [await served(pair.few, idleMs), await served(pair.many, idleMs)];
  const [name, most] = [against(pair), atMost(1.5)];
  return [
    compared(`start of a Host ${name}`, many.ready, few.ready, 'ms', most),
    compared(`memory of an idle Host ${name}`, many.memory, few.memory, 'MB', most),
    compared(`longest block of an idle Host ${name}`, many.block, BLOCK_MS, 'ms', atMost(1)),
  ];
};

/** Twice, and to the same digest. */
const folded = (fed: GrownFederation, owner: Owner): readonly [Anew, Anew] => {
  const fold = () => outputOf<Anew>('anew', fed.directory(owner), 'digest');
  const both = [fold(), fold()] as const;
  if (both[0].digest === both[1].digest) return both;
  throw new Error(`${NAMES[owner]} with ${fed.lines} lines was folded to two digests`);
};

/** As long as somebody waits for it: memory is collected and code compiled beside it. */
const anew = (fed: GrownFederation, owner: Owner): Measure => {
  const [one, other] = folded(fed, owner);
  const rate = one.lines / (Math.min(one.ms, other.ms) / 1_000);
  const name = `lines of ${NAMES[owner]} folded anew in a second, of ${fed.lines}`;
  return compared(name, rate, RATE, 'lines', atLeast(1));
};

const more = (fed: GrownFederation, owner: Owner): Measure => {
  const { blockMs } = outputOf<{ blockMs: number }>('more', owner, String(fed.lines), fed.directory(owner));
  const name = `longest block while lines come to ${NAMES[owner]} with ${fed.lines}`;
  return compared(name, blockMs, BLOCK_MS, 'ms', atMost(1));
};

export const grown = async (lines: number, idleMs = IDLE_MS): Promise<Measure[]> => {
  const here = tempHomes();
  try {
    const [many, few, some] = [
      await grownFederation(here, lines),
      await grownFederation(here, FEW.inbox),
      await grownFederation(here, FEW.host),
    ];
    const rates = (['host', 'alice'] as const).map((owner) => anew(many, owner));
    const lists = inbox({ few, many });
    folded(some, 'host');
    const serving = await hosts({ few: some, many }, idleMs);
    const blocks = (['host', 'alice'] as const).map((owner) => more(many, owner));
    return [...lists, ...serving, ...rates, ...blocks];
  } finally {
    await here.clean();
  }
};

export const run = (): Promise<Measure[]> => grown(MANY);
export const large = async (): Promise<Measure[]> => [...(await run()), ...(await grown(MOST))];
/** Homes are made once, and so many lines are signed for minutes. */
export const quick = null;
