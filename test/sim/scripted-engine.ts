/** An engine that does what a script says: it writes into its workspace, prints, delegates, sleeps, fails. */
import { fromUtf8, utf8 } from '../../src/core/encoding/bytes.ts';
import type { EngineSpec } from '../../src/core/graph/engines.ts';
import { ENGINE_TYPES, type EngineType } from '../../src/core/vocabulary.ts';
import type { Clock, Engine, Engines, Turn, TurnEnd } from '../../src/ports/index.ts';
import type { FileTree } from './file-tree.ts';

/** What a script has in its hands. */
export type EngineTurn = {
  readonly task: string;
  readonly signal: AbortSignal;
  write(path: string, text: string): void;
  read(path: string): string | undefined;
  remove(path: string): void;
  print(text: string): void;
  sleep(ms: number): Promise<void>;
  /** One line to the runner, and its answer. */
  directive(line: string): Promise<string>;
  delegate(to: string, task: string): Promise<Record<string, unknown>>;
};
/** Resolves with the exit code; what is no number stands for 0. */
export type EngineScript = (turn: EngineTurn) => unknown;
export type EngineRun = { runner: string; task: string; workspace: string; ended: TurnEnd | null };
export type ScriptedEngineOptions = {
  runner: string;
  files: FileTree;
  clock: Clock;
  script: EngineScript;
  /** Told of each turn that begins. */
  runs: EngineRun[];
};

const STARTING_MS = 20;
const TAIL = 8192;

const NONE = Object.fromEntries(ENGINE_TYPES.map((type) => [type, null])) as { [T in EngineType]: null };
/** The engines of a simulated runner: `exec`, and no other. */
export const onlyExec = (exec: Engines['exec']): Engines => ({ ...NONE, exec });

export const scriptedEngine = ({
  runner,
  files,
  clock,
  script,
  runs,
}: ScriptedEngineOptions): Engine<EngineSpec<'exec'>> => ({
  // A process that dies here takes its engines with it: what it ran stops at the process's clock.
  recover: async () => {},
  async run(turn, session, signal) {
    const run: EngineRun = { runner, task: turn.task, workspace: turn.workspace, ended: null };
    runs.push(run);
    await clock.sleep(STARTING_MS);
    let printed = '';
    const program = (async (): Promise<TurnEnd> => {
      const code = await script({
        ...workspaceOf(files, turn),
        task: turn.task,
        signal,
        print: (text) => {
          printed += text;
          session.trace({ is: 'text', bytes: utf8(text) });
        },
        sleep: (ms) => clock.sleep(ms, signal),
        directive: (line) => session.directive(line),
        delegate: async (to, task) =>
          JSON.parse(await session.directive(JSON.stringify({ delegate: { to, task } }))),
      });
      const exitCode = typeof code === 'number' ? code : 0;
      return {
        is: 'ended',
        reason: exitCode === 0 ? 'done' : 'failed',
        exitCode,
        tail: printed.slice(-TAIL),
      };
    })();
    run.ended = await limited(clock, turn, signal, program);
    // A script that slept is woken by the signal and may end before anybody looks.
    if (signal.aborted) run.ended = { ...run.ended, reason: 'cancelled', exitCode: null };
    if (run.ended.reason === 'done' && printed.length > turn.limits.outputBytes)
      run.ended = { ...run.ended, reason: 'output_limit' };
    return run.ended;
  },
});

const workspaceOf = (files: FileTree, { workspace }: Turn) => ({
  write: (path: string, text: string) => void files.set(`${workspace}/${path}`, utf8(text)),
  read: (path: string) => {
    const bytes = files.get(`${workspace}/${path}`);
    return bytes && fromUtf8(bytes);
  },
  remove: (path: string) => void files.delete(`${workspace}/${path}`),
});

const limited = async (
  clock: Clock,
  turn: Turn,
  signal: AbortSignal,
  program: Promise<TurnEnd>,
): Promise<TurnEnd> => {
  const over = new AbortController();
  const ended = (reason: TurnEnd['reason']): TurnEnd => ({ is: 'ended', reason, exitCode: null, tail: '' });
  const time = clock
    .sleep(turn.limits.timeMs, AbortSignal.any([signal, over.signal]))
    .then(() => ended(signal.aborted ? 'cancelled' : 'timed_out'));
  return Promise.race([program, time]).finally(() => over.abort());
};
