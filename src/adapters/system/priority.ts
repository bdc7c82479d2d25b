/** What gives way to everything else on this machine: as far as a kernel lets anybody do so without a privilege. */
import { writeFileSync } from 'node:fs';

/** Of ten and one at once, one gets a tenth of a processor that both want. */
export const BEHIND = 10;

type Words = { program: string; args: readonly string[] };
/** Through `nice`, so that nothing begins before it, also what it starts at once; no unprivileged process takes that back. */
export const behind = (nice: string | null, { program, args }: Words): Words =>
  nice === null ? { program, args } : { program: nice, args: ['-n', `${BEHIND}`, program, ...args] };

/** Where sessions share the processors with each other, a priority counts within its session alone: that one gives way, too. */
export const letSessionGiveWay = (pid: number): void => {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, `${BEHIND}`);
  } catch {
    // It has its share, as every session
  }
};
