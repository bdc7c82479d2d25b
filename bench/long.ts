/**
 * The longest block of each event loop that a change of 8 MB goes through, in its processor time: at the runner from the commit
 * to the push, at the Host, and in two programs of its approver, of which one looks on and one shows and approves it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atMost, compared, type Measure } from '../scripts/bench/measure.ts';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import { type CustomFederation, startCustomFederation } from '../test/support/custom-federation.ts';
import type { Probed } from './homes/probe.ts';

const BLOCK_MS = 50;
const LINE = "'%08g a line of a text that is long: it has about sixty-four bytes'";
const CHANGES = {
  'one file of 8 MB': `seq -f ${LINE} 1 112000 > long.txt`,
  '4,000 files of 2 kB': `mkdir many && seq -f ${LINE} 1 116000 | split -l 29 -a 5 - many/f`,
} as const;

const program = (name: string): string => fileURLToPath(new URL(`homes/${name}.ts`, import.meta.url));

type Measured = { child: ChildProcess; probed(): Probed };
const start = (fed: CustomFederation, owner: string, args: readonly string[]): Measured => {
  const home = fed.homes[owner]!;
  const file = join(home, `${args[0]}-probed.json`);
  const probing = ['--import', program('probe'), BIN, ...args, '--home', home, '--json', '--no-input'];
  const own = args[0] === 'read' ? [program('reader'), home, file] : probing;
  const child = spawn(process.execPath, own, {
    ...{ env: { ...environment(home), BENCH_PROBE: file }, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  child.stderr!.resume();
  return { child, probed: () => JSON.parse(readFileSync(file, 'utf8')) };
};
const ready = async ({ child }: Measured): Promise<void> => {
  const [said] = await once(child.stdout!, 'data');
  if (String(said).includes('"error"')) throw new Error(`a program does not start: ${said}`);
  child.stdout!.resume();
};
const ended = async ({ child }: Measured, signal?: NodeJS.Signals): Promise<void> => {
  const gone = once(child, 'exit');
  if (signal) child.kill(signal);
  await gone;
};

const through = async (what: keyof typeof CHANGES): Promise<Measure[]> => {
  const here = tempHomes();
  const fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { coder: { approval: { 'source.publish': { by: ['alice'] } } } },
    edges: ['alice delegates_to coder', 'alice approves coder'],
  });
  const running: Measured[] = [];
  try {
    const begin = async (owner: string, ...args: string[]): Promise<Measured> => {
      const one = start(fed, owner, args);
      running.push(one);
      await ready(one);
      return one;
    };
    for (const part of ['runner', 'host'] as const) await fed.serving(part).kill();
    const host = await begin('host', 'host', 'serve');
    const runner = await begin('runner', 'runner', 'serve');
    const watching = await begin('alice', 'user', 'watch');
    const reading = await begin('alice', 'read');
    for (const { child } of [host, runner, watching]) child.kill('SIGUSR2');
    const session = await fed.ask('alice', 'coder', CHANGES[what]);
    await ended(reading);
    await fed.waited('alice', session, 'end');
    for (const one of [watching, runner, host]) await ended(one, 'SIGTERM');
    const blocks = {
      ...{ 'at its runner': runner, 'at its Host': host },
      ...{ 'in `user watch`': watching, 'where it is shown and approved': reading },
    };
    return Object.entries(blocks).map(([where, one]) =>
      compared(`${what}: longest block ${where}`, one.probed().blockMs, BLOCK_MS, 'ms', atMost(1)),
    );
  } finally {
    for (const { child } of running) child.kill('SIGKILL');
    await fed.close();
  }
};

export const run = async (): Promise<Measure[]> => [
  ...(await through('one file of 8 MB')),
  ...(await through('4,000 files of 2 kB')),
];
