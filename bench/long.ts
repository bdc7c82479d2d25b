/**
 * The longest block of each event loop that a change of 8 MB goes through, in its processor time: at the runner from the commit
 * to the push, at the Host, and in four programs of its approver: two look on, one of them on a screen that shows it to its end,
 * one prints it as JSON, and one has it signed at a terminal.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { spawn as spawnAt } from '@lydell/node-pty';
import { atMost, compared, type Measure } from '../scripts/bench/measure.ts';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import { type CustomFederation, startCustomFederation } from '../test/support/custom-federation.ts';
import { openScreen, type TerminalScreen } from '../test/support/screen.ts';
import type { Probed } from './homes/probe.ts';

const BLOCK_MS = 50;
const LINE = "'%08g a line of a text that is long: it has about sixty-four bytes'";
const CHANGES = {
  'one file of 8 MB': `seq -f ${LINE} 1 112000 > long.txt`,
  '4,000 files of 2 kB': `mkdir many && seq -f ${LINE} 1 116000 | split -l 29 -a 5 - many/f`,
} as const;
const SIZE = { columns: 140, rows: 40 };

const program = (name: string): string => fileURLToPath(new URL(`homes/${name}.ts`, import.meta.url));

const probedIn = (file: string): Probed => JSON.parse(readFileSync(file, 'utf8'));
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
  return { child, probed: () => probedIn(file) };
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

const openWatching = (home: string) => {
  const file = join(home, 'screen-probed.json');
  const args = ['--import', program('probe'), BIN, 'user', 'watch', '--home', home];
  const env = { ...environment(home), BENCH_PROBE: file };
  return { screen: openScreen([process.execPath, ...args], env, SIZE), probed: () => probedIn(file) };
};
/** Opened, and shown to its end. */
const looked = async (screen: TerminalScreen): Promise<void> => {
  await screen.until('1 to approve');
  await screen.press('\r', 'source.publish of commit');
  await screen.press('G', (text) => /rows \d+ to (\d+) of \1 /.test(text));
  await screen.leave('q');
};
/** At a terminal that draws nothing: it shows 8 MB. The next group is asked for as long as there is one; `sign` types what is asked for. */
const openApproving = (home: string) => {
  const file = join(home, 'approve-probed.json');
  const env = { ...environment(home) };
  const size = { cols: SIZE.columns, rows: SIZE.rows };
  const child = spawnAt(process.execPath, [program('approver'), home, file], { env, ...size });
  const gone = new Promise<void>((resolve) => child.onExit(() => resolve()));
  const asked = new Promise<string>((resolve) => {
    let tail = '';
    child.onData((data) => {
      tail = (tail + data).slice(-TAIL);
      const text = stripVTControlCharacters(tail).trimEnd();
      const digits = ASKED.exec(text)?.[1];
      if (digits !== undefined) resolve(digits);
      else if (text.endsWith(NEXT)) {
        tail = '';
        child.write('\r');
      }
    });
  });
  const sign = async (): Promise<void> => {
    child.write(`${await asked}\r`);
    await gone;
  };
  return { kill: () => child.kill('SIGKILL'), sign, probed: () => probedIn(file) };
};
const TAIL = 4_096;
const NEXT = 'anything else stops:';
const ASKED = /characters of its subject, ([0-9a-f]{4}), or nothing to cancel:$/;

const through = async (what: keyof typeof CHANGES): Promise<Measure[]> => {
  const here = tempHomes();
  const fed = await startCustomFederation(here, {
    users: { alice: null },
    agents: { coder: { approval: { 'source.publish': { by: ['alice'] } } } },
    edges: ['alice delegates_to coder', 'alice approves coder'],
  });
  const running: Measured[] = [];
  const kills: (() => void)[] = [];
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
    const home = fed.homes.alice!;
    const onScreen = openWatching(home);
    const approving = openApproving(home);
    kills.push(() => onScreen.screen.kill('SIGKILL'), approving.kill);
    await onScreen.screen.until('nothing waits for you');
    for (const { pid } of [host.child, runner.child, watching.child, onScreen.screen])
      process.kill(pid!, 'SIGUSR2');
    const session = await fed.ask('alice', 'coder', CHANGES[what]);
    await ended(reading);
    await looked(onScreen.screen);
    await approving.sign();
    await fed.waited('alice', session, 'end');
    for (const one of [watching, runner, host]) await ended(one, 'SIGTERM');
    const blocks = {
      ...{ 'at its runner': runner, 'at its Host': host },
      ...{ 'in `user watch --json`': watching, 'on the screen of `user watch`': onScreen },
      ...{ 'in `user show --json`': reading, 'in `user approve` at a terminal': approving },
    };
    return Object.entries(blocks).map(([where, one]) =>
      compared(`${what}: longest block ${where}`, one.probed().blockMs, BLOCK_MS, 'ms', atMost(1)),
    );
  } finally {
    for (const { child } of running) child.kill('SIGKILL');
    for (const kill of kills) kill();
    await fed.close();
  }
};

export const run = async (): Promise<Measure[]> => [
  ...(await through('one file of 8 MB')),
  ...(await through('4,000 files of 2 kB')),
];

export const quick = null;
