/** What gives way to everything else on this machine: as far as a kernel lets anybody do so without a privilege. */

/** Of ten and one at once, one gets a tenth of a processor that both want. */
export const BEHIND = 10;

type Words = { program: string; args: readonly string[] };
/** Through `nice`, so that nothing begins before it, also what it starts at once; no unprivileged process takes that back. */
export const behind = (nice: string | null, { program, args }: Words): Words =>
  nice === null ? { program, args } : { program: nice, args: ['-n', `${BEHIND}`, program, ...args] };

/**
 * Where sessions share the processors with each other, a priority counts within its session alone: words of a shell that has its own session give way,
 * too. A kernel takes such words from nobody a tenth of a second after others.
 */
export const SESSION_BEHIND = `f=/proc/self/autogroup; for i in 1 2 3; do [ -w $f ] || break; echo ${BEHIND} > $f && break; sleep 0.1; done;`;
