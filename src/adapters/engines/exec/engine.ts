/** The `exec` engine: one command per turn, bounded in time, output and memory, its whole process tree ended with it. */
import { isAbsolute } from 'node:path';
import type { Engine } from '../../../ports/index.ts';
import { findProgram } from '../../system/child-process.ts';
import { requireSandbox } from '../probe.ts';
import { endProcesses } from './processes.ts';
import { ExecRun } from './run.ts';
import { checkTurn, type ExecSpec, markOf, prepare, startOf } from './start.ts';

export type ExecOptions = {
  bwrap?: string;
  /** Time between SIGTERM and SIGKILL. */
  graceMs?: number;
};

/** The `Engine` port on a program of this machine. */
export const createExecEngine = (options: ExecOptions = {}): Engine<ExecSpec> => {
  let probed: Promise<string> | undefined;
  const sandbox = (): Promise<string> => {
    // Asked again after a failure: it may have been installed since
    probed ??= requireSandbox(options.bwrap).catch((error) => {
      probed = undefined;
      throw error;
    });
    return probed;
  };
  return {
    run: async (turn, session, signal) => {
      checkTurn(turn);
      const bwrap = turn.sandbox === 'bwrap' ? await sandbox() : null;
      if (signal.aborted) return { is: 'ended', reason: 'cancelled', exitCode: null, tail: '' };
      const start = startOf(turn, await prepare(turn), bwrap);
      return new ExecRun(turn, start, options.graceMs ?? 2000, session).finish(signal);
    },
    objection: async (spec) => objectionTo(spec.command[0] ?? ''),
    recover: (scratch) => endProcesses(null, markOf(scratch), 1000),
  };
};

/** A path that is not absolute names a file of the workspace, which no task has filled yet. */
const objectionTo = (program: string): string | null => {
  if (program.includes('/') && !isAbsolute(program)) return null;
  return findProgram(program) === null ? `engine program "${program}" not found on this machine` : null;
};
