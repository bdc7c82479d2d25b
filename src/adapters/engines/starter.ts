/** What the engines that start a command share: the fence of this machine, the files of a turn, what a killed runner left. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute } from 'node:path';
import { STOPPING_MS } from '../../core/bounds.ts';
import type { TurnEnd } from '../../ports/index.ts';
import { type ChildStart, findProgram } from '../system/child-process.ts';
import { openProxy } from './network/proxy.ts';
import { requireSandbox } from './probe.ts';
import { endProcesses } from './processes.ts';
import { insideNode } from './programs.ts';
import {
  type CommandTurn,
  checkTurn,
  clearPrivate,
  markOf,
  type OtherCommand,
  prepare,
  startOf,
} from './start.ts';

export type StarterOptions = {
  bwrap?: string;
  /** Time between SIGTERM and SIGKILL. */
  graceMs?: number;
};

/** How another command of the turn is started, beside its own. */
export type StartBeside = (command: readonly string[], at: Omit<OtherCommand, 'command'>) => ChildStart;

type Starter = {
  graceMs: number;
  /** Runs the turn with the start of its command, unless it was cancelled before; its secrets are gone afterwards. */
  run(
    turn: CommandTurn,
    signal: AbortSignal,
    work: (start: ChildStart, beside: StartBeside) => Promise<TurnEnd>,
  ): Promise<TurnEnd>;
};

export const createStarter = ({ bwrap: program, graceMs = STOPPING_MS.grace }: StarterOptions): Starter => {
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
    async run(turn, signal, work) {
      checkTurn(turn);
      const bwrap = turn.sandbox === 'bwrap' ? await sandbox() : null;
      if (signal.aborted) return CANCELLED;
      // Its socket is made before the scratch directory is given to the engine’s account
      const proxy = bwrap !== null && turn.network.length > 0 ? await openProxy(turn) : null;
      try {
        const way = proxy && { directory: proxy.directory, node: insideNode(turn) };
        const given = way ? { ...turn, way } : turn;
        const env = await prepare(given);
        const beside: StartBeside = (command, at) =>
          // What the agent logs in with is its own
          startOf({ ...given, ...{ pipes: 0, configuration: [] } }, env, bwrap, { command, ...at });
        const end = await work(startOf(given, env, bwrap), beside);
        return proxy ? { ...end, reached: await proxy.close() } : end;
      } finally {
        await proxy?.close();
        await clearPrivate(turn);
      }
    },
  };
};

/** A path that is not absolute names a file of the workspace, which no task has filled yet. */
export const objectionTo = (program: string): string | null => {
  if (program.includes('/') && !isAbsolute(program)) return null;
  return findProgram(program) === null ? `engine program "${program}" not found on this machine` : null;
};

/** Ends what an earlier attempt left running: where its directory is not there, none was. */
export const recoverTurn = async (scratch: string): Promise<void> => {
  if (existsSync(dirname(scratch))) await endProcesses(null, markOf(scratch), 1000);
};

const CANCELLED: TurnEnd = { is: 'ended', reason: 'cancelled', exitCode: null, tail: '' };
