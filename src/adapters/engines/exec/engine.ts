/** The `exec` engine: one command per turn, bounded in time, output and memory, its whole process tree ended with it. */
import type { Engine } from '../../../ports/index.ts';
import { createStarter, objectionTo, recoverTurn, type StarterOptions } from '../starter.ts';
import { runExec } from './run.ts';
import { type ExecSpec, PIPES } from './turn.ts';

/** The `Engine` port on a program of this machine. */
export const createExecEngine = (options: StarterOptions = {}): Engine<ExecSpec> => {
  const starter = createStarter(options);
  return {
    run: async (turn, session, signal) => {
      const { command } = turn.spec;
      return starter.run({ ...turn, command, pipes: PIPES }, signal, (start, beside) =>
        runExec({ turn, start, beside, graceMs: starter.graceMs, session }, signal),
      );
    },
    objection: async (spec) => objectionTo(spec.command[0] ?? ''),
    recover: recoverTurn,
  };
};
