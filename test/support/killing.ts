/** Kills: at random moments while tasks go on, or of a command in the moment in which it is seen to have come so far. */
import { spawn } from 'node:child_process';
import { environment, OWN_ARGS, PROGRAM } from './cli.ts';
import type { Part, ProcessFederation } from './process-federation.ts';

/** A seeded choice, so that a run can be told again; the moments themselves are the machine's. */
export const dice = (seed: number) => () => {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return seed / 2_147_483_648;
};

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

/** `kill -9` of one of the parts, so many times; each is just started again. */
export const killAtRandom = async (
  fed: ProcessFederation,
  options: { times: number; seed: number; parts: readonly Part[]; withinMs: number },
): Promise<void> => {
  const random = dice(options.seed);
  for (let i = 0; i < options.times; i++) {
    const part = options.parts[Math.floor(random() * options.parts.length)]!;
    await pause(random() * options.withinMs);
    await fed.stop(part, 'SIGKILL');
    await fed.start(part);
  }
};

/** Starts a command and kills it so many milliseconds after `isThere` first says so; false where it ended before. */
export const killedWhen = async (
  home: string,
  args: readonly string[],
  isThere: (pid: number) => boolean,
  ms = 0,
): Promise<boolean> => {
  const child = spawn(PROGRAM, [...OWN_ARGS, ...args, '--no-input', '--home', home], {
    env: environment(home),
    stdio: 'ignore',
  });
  let isOver = false;
  const gone = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  void gone.then(() => {
    isOver = true;
  });
  while (!isOver && !isThere(child.pid!)) await pause(1);
  if (!isOver) await Promise.race([gone, pause(ms)]);
  const wasKilled = child.kill('SIGKILL');
  await gone;
  return wasKilled;
};
