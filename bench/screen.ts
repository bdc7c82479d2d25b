/** The screen of `user watch`: its first frame and a key, each against a bare Node in the same terminal, and what ten busy minutes cost. */
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { atMost, compared, median } from '../scripts/bench/measure.ts';
import { BIN, environment, tempHomes } from '../test/support/cli.ts';
import { type ProcessFederation, startProcesses } from '../test/support/process-federation.ts';
import { openScreen, type TerminalScreen } from '../test/support/screen.ts';

const ROUNDS = 11;
const SIZE = { columns: 100, rows: 30 };
/** All panes side by side, so that each frame draws all there is. */
const WIDE = { columns: 140, rows: 40 };
/** Ten thousand rows a minute, in pieces of a tenth of a second, for longer than is looked at. */
const PRINTING = 'for n in $(seq 9000); do seq 17; sleep 0.1; done';
const MINUTE = 60_000;
/** By then the trace holds as many rows as it ever does. */
const FULL_MINUTES = 2;
const BUSY_MINUTES = 10;
const ECHO = "process.stdin.setRawMode(true).on('data', (key) => process.stdout.write('<' + key + '>'))";

const since = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1e6;

const within = async <T>(screen: TerminalScreen, use: (screen: TerminalScreen) => Promise<T>): Promise<T> => {
  try {
    return await use(screen);
  } finally {
    screen.kill('SIGKILL');
    await screen.ended;
  }
};
const node = (code: string): TerminalScreen => openScreen([process.execPath, '-e', code], process.env, SIZE);
const watch = ({ homes: { user } }: ProcessFederation, size = SIZE): TerminalScreen =>
  openScreen([process.execPath, BIN, 'user', 'watch', '--home', user], environment(user), size);

const firstOf = async (open: () => TerminalScreen, words: string): Promise<number> => {
  const start = process.hrtime.bigint();
  return within(open(), async (screen) => {
    await screen.until(words);
    return since(start);
  });
};

/** No hand is faster; and at most so many frames are drawn a second that one waits for the other. */
const BETWEEN_MS = 120;
/** Each key is sent when the one before it was answered. */
const keysOf = async (screen: TerminalScreen, keys: readonly (readonly [key: string, words: string])[]) => {
  const took: number[] = [];
  for (const [key, words] of keys) {
    await delay(BETWEEN_MS);
    const start = process.hrtime.bigint();
    screen.send(key);
    await screen.until(words);
    took.push(since(start));
  }
  return median(took);
};

/** Of one core, in milliseconds. */
const workOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
};
const megabytesOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

/** A pane has the keys: it is drawn with double lines. */
const PANES = [
  ['1', '╔═ 1 Inbox'],
  ['3', '╔═ 3 Trace'],
] as const;

/** While ten thousand rows a minute come, after the trace is full: memory at both ends, the share of a core, and what a key takes. */
const busy = async (fed: ProcessFederation) =>
  within(watch(fed, WIDE), async (screen) => {
    await screen.until('╔═ 1 Inbox');
    await fed.ask(PRINTING);
    await screen.press('3', '╔═ 3 Trace');
    await screen.until('claimed');
    await delay(FULL_MINUTES * MINUTE);
    const [memory, work, start] = [megabytesOf(screen.pid), workOf(screen.pid), Date.now()];
    const keys: number[] = [];
    for (let minute = FULL_MINUTES; minute < BUSY_MINUTES; minute++) {
      const next = start + (minute + 1 - FULL_MINUTES) * MINUTE;
      for (let n = 0; n < 10; n++) {
        keys.push(await keysOf(screen, PANES));
        await delay(1_000);
      }
      process.stderr.write(
        `minute ${minute + 1}: ${megabytesOf(screen.pid).toFixed(0)} MB, a key ${median(keys).toFixed(1)} ms\n`,
      );
      await delay(Math.max(0, next - Date.now()));
    }
    const share = ((workOf(screen.pid) - work) * 100) / (Date.now() - start);
    return [
      compared('10,000 rows a minute against 15 % of a core', share, 15, '%'),
      compared('a key to its frame meanwhile against 50 ms', median(keys), 50, 'ms'),
      compared('memory after ten minutes against after two', megabytesOf(screen.pid), memory, 'MB'),
    ];
  });

export const run = async (rounds = ROUNDS) => {
  const here = tempHomes();
  const fed = await startProcesses(here);
  try {
    const [ours, bare, filled]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      bare.push(
        await firstOf(() => node("process.stdout.write('there'); setTimeout(() => {}, 1e9)"), 'there'),
      );
      ours.push(await firstOf(() => watch(fed), '[1 Inbox]'));
      filled.push(await firstOf(() => watch(fed), 'to approve'));
    }
    const panes = Array.from({ length: rounds }, () => [
      ['2', '[2 Session]'],
      ['1', '[1 Inbox]'],
    ]).flat() as [string, string][];
    const letters = [...'abcdefghijklmnopqrstuvwxyz'].map((key) => [key, `<${key}>`] as const);
    const echo = await within(node(ECHO), (screen) => keysOf(screen, letters));
    const key = await within(watch(fed), async (screen) => {
      await screen.press('2', '[2 Session]');
      await screen.press('1', '[1 Inbox]');
      return keysOf(screen, panes);
    });
    return [
      compared('first frame of user watch against node -e', median(ours), median(bare), 'ms', atMost(6)),
      compared('what waits, on the screen, against node -e', median(filled), median(bare), 'ms'),
      compared('a key to its frame against an echo of node -e', key, echo, 'ms'),
      ...(await busy(fed)),
    ];
  } finally {
    await fed.close();
  }
};

/** Its ten minutes are by the clock of the wall: `busy` has them by another. */
export const quick = null;
