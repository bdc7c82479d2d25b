/** What the engines that start a command share: the fence of this machine, the files of a turn, what a killed runner left. */
import { isAbsolute } from 'node:path';
import { type ChildStart, findProgram } from '../system/child-process.ts';
import { requireSandbox } from './probe.ts';
import { endProcesses } from './processes.ts';
import { type CommandTurn, checkTurn, markOf, prepare, startOf } from './start.ts';

export type StarterOptions = {
  bwrap?: string;
  /** Time between SIGTERM and SIGKILL. */
  graceMs?: number;
};

type Starter = {
  graceMs: number;
  /** The start of the turn's command, or null where the turn was cancelled before. */
  start(turn: CommandTurn, signal: AbortSignal): Promise<ChildStart | null>;
};

export const createStarter = ({ bwrap: program, graceMs = 2000 }: StarterOptions): Starter => {
  let probed: Promise<string> | undefined;
  const sandbox = (): Promise<string> => {
    // Asked again after a failure: it may have been installed since
    probed ??= requireSandbox(program).catch((error) => {
      probed = undefined;
      throw error;
    });
    return probed;
  };
  return {
    graceMs,
    async start(turn, signal) {
      checkTurn(turn);
      const bwrap = turn.sandbox === 'bwrap' ? await sandbox() : null;
      return signal.aborted ? null : startOf(turn, await prepare(turn), bwrap);
    },
  };
};

/** A path that is not absolute names a file of the workspace, which no task has filled yet. */
export const objectionTo = (program: string): string | null => {
  if (program.includes('/') && !isAbsolute(program)) return null;
  return findProgram(program) === null ? `engine program "${program}" not found on this machine` : null;
};

/** Ends what an earlier attempt left running. */
export const recoverTurn = (scratch: string): Promise<void> => endProcesses(null, markOf(scratch), 1000);

export const CANCELLED = { is: 'ended', reason: 'cancelled', exitCode: null, tail: '' } as const;
