/** The `acp` engine: any agent that speaks the Agent Client Protocol on its standard streams, one process a turn. */
import { type Timeouts, timeoutsOf } from '../../../core/graph/timeouts.ts';
import type { Engine } from '../../../ports/index.ts';
import { createStarter, objectionTo, recoverTurn, type StarterOptions } from '../starter.ts';
import { type AgentMemory, putAside, takeBack } from './kept-home.ts';
import { type AcpSpec, agentOf, startedAs } from './profiles.ts';
import { requireNoneOf } from './repository-code.ts';
import { runAcp } from './run.ts';
import { openTools } from './tools.ts';

type AcpOptions = StarterOptions & {
  /** What an agent of which nothing is known has in its environment. */
  told?: Readonly<Record<string, string>>;
  /** Where a graph says none. */
  timeouts?: Timeouts;
};

export const createAcpEngine = (options: AcpOptions = {}): Engine<AcpSpec> => {
  const starter = createStarter(options);
  return {
    run: async (turn, session, signal) => {
      const row = agentOf(turn.spec, turn.secrets, options.told);
      const { command, mode, meta, through, runsOfRepository, ...told } = row;
      await requireNoneOf(runsOfRepository, turn.workspace);
      const tools = await openTools(turn);
      try {
        const helpers = [tools.server.command];
        const kept = await takeBack(turn, told.configuration);
        const timeouts = timeoutsOf(turn.spec, options.timeouts);
        const given = { timeouts, turn, mode, meta, through, kept, tools, graceMs: starter.graceMs, session };
        let agent: AgentMemory = { why: 'its agent did not start' };
        const end = await starter.run(
          { ...turn, command, ...told, helpers },
          signal,
          async (start, beside) => {
            const ended = await runAcp({ ...given, start, beside }, signal);
            ({ agent } = ended);
            return ended.end;
          },
        );
        // A turn is not lost because its next one cannot go on
        if (end.reason !== 'done' || turn.keep === undefined) return end;
        await putAside(turn, turn.keep, agent).catch(() => undefined);
        return { ...end, isKept: true };
      } finally {
        tools.close();
      }
    },
    objection: async (spec) => objectionTo(startedAs(spec)[0] ?? ''),
    recover: recoverTurn,
  };
};
