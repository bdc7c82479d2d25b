/** The `exec` engine: one command per turn, bounded in time, output and memory, its whole process tree ended with it. */
import type { Engine } from '../../../ports/index.ts';
import { CANCELLED, createStarter, objectionTo, recoverTurn, type StarterOptions } from '../starter.ts';
import { runExec } from './run.ts';
import { type ExecSpec, PIPES } from './turn.ts';

/** The `Engine` port on a program of this machine. */
export const createExecEngine = (options: StarterOptions = {}): Engine<ExecSpec> => {
  const starter = createStarter(options);
  return {
    run: async (turn, session, signal) => {
      const { command } = turn.spec;
      const start = await starter.start({ ...turn, command, pipes: PIPES }, signal);
      if (start === null) return CANCELLED;
      return runExec({ turn, start, graceMs: starter.graceMs, session }, signal);
    },
    objection: async (spec) => objectionTo(spec.command[0] ?? ''),
    recover: recoverTurn,
  };
};
