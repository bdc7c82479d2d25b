/** A measure of `bench/`: its figure beside that of its peer, what it must reach, and how it is taken. */
import { spawnSync } from 'node:child_process';

/** What a figure must reach: its ratio to the peer, or itself. */
export type Goal = { of: 'ratio' | 'ours'; is: 'most' | 'least'; value: number };
/** A figure of ours beside the one that it is held against, in the same run. */
export type Measure = {
  name: string;
  ours: number;
  theirs: number;
  ratio: number;
  unit?: string;
  goal?: Goal;
};

export const atMost = (value: number, of: Goal['of'] = 'ratio'): Goal => ({ of, is: 'most', value });
export const atLeast = (value: number, of: Goal['of'] = 'ratio'): Goal => ({ of, is: 'least', value });

export const timed = (args: string[], env = process.env, program = process.execPath): number => {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} exited ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
};
export const median = (numbers: number[]): number =>
  numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

/** `ratio` is ours over the peer's, so smaller is better. */
export const compared = (
  name: string,
  ours: number,
  theirs: number,
  unit: string,
  goal?: Goal,
): Measure & { unit: string } => ({
  ...{ name, ours, theirs, unit },
  ratio: ours / theirs,
  ...(goal && { goal }),
});
