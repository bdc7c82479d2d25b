/** Kills at random moments: what a test does to its processes while its tasks go on. */
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
