/** An engine that does what a script says: it writes into its workspace, prints, delegates, sleeps, fails. */
import { TAIL_BYTES, tailText } from '../../src/adapters/engines/tail.ts';
import { fromUtf8, utf8 } from '../../src/core/encoding/bytes.ts';
import { ENGINE_TYPES, type EngineType } from '../../src/core/vocabulary.ts';
import type {
  Clock,
  Engine,
  Engines,
  Hands,
  Permission,
  PermissionRequest,
  Reached,
  Turn,
  TurnEnd,
} from '../../src/ports/index.ts';
import type { FileTree } from './file-tree.ts';

/** What a script has in its hands. */
export type EngineTurn = {
  readonly task: string;
  readonly attached: Turn['attached'];
  readonly secrets: Turn['secrets'];
  readonly network: Turn['network'];
  /** Of a further turn of a session, with what was kept at the end of the one before. */
  readonly before: { words: string; kept: string | undefined } | null;
  use(usage: NonNullable<TurnEnd['usage']>): void;
  /** The exit code of what is stopped for it. */
  changeMode(): number;
  /** For the next turn of the session. */
  keep(text: string): void;
  /** Asks for a place of the network. */
  connect(place: Reached): void;
  readonly signal: AbortSignal;
  write(path: string, text: string): void;
  read(path: string): string | undefined;
  remove(path: string): void;
  print(text: string | Uint8Array): void;
  sleep(ms: number): Promise<void>;
  /** One line to the runner, and its answer. */
  directive(line: string, hands?: Hands): Promise<string>;
  delegate(to: string, task: string): Promise<Record<string, unknown>>;
  /** What an agent gives of a call before it makes it, and what it is told. */
  ask(asked: Partial<PermissionRequest>): Promise<Permission>;
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

const ASKED: PermissionRequest = {
  ...{ operation: 'command.run', binding: 'declared', command: 'make', words: 'Run make', input: null },
  option: { id: 'once', kind: 'allow_once', name: 'Allow once' },
};
const STARTING_MS = 20;
const NEVER = new Promise<never>(() => {});

const NONE = Object.fromEntries(ENGINE_TYPES.map((type) => [type, null])) as { [T in EngineType]: null };
/** The engines of a simulated runner: `exec`, and no other. */
export const onlyExec = (exec: Engines['exec']): Engines => ({ ...NONE, exec });
/** One script, whatever engine the graph names. */
export const anyEngine = (engine: Engine): Engines => ({ exec: engine, acp: engine });

export const scriptedEngine = ({ runner, files, clock, script, runs }: ScriptedEngineOptions): Engine => ({
  // A process that dies here takes its engines with it: what it ran stops at the process's clock.
  recover: async () => {},
  objection: async ({ command = [] }) =>
    command[0] === 'missing' ? 'engine program "missing" not found' : null,
  async run(turn, session, signal) {
    if (signal.aborted) return { is: 'ended', reason: 'cancelled', exitCode: null, tail: '' };
    const run: EngineRun = { runner, task: turn.task, workspace: turn.workspace, ended: null };
    runs.push(run);
    const reached: Reached[] = [];
    const left: Pick<TurnEnd, 'isKept' | 'isModeChanged' | 'usage'> = {};
    const kept = turn.before && files.get(`${turn.before.kept}/agent`);
    const before = turn.before ? { words: turn.before.words, kept: kept && fromUtf8(kept) } : null;
    const life = new TurnLife(clock, turn, signal);
    const { write, read, remove } = workspaceOf(files, turn);
    const program = async (): Promise<number> => {
      await life.reach(clock.sleep(STARTING_MS));
      const directive = (line: string, hands?: Hands) => life.reach(session.directive(line, hands));
      const code = await script({
        write: life.whileRunning(write),
        read: life.whileRunning(read),
        remove: life.whileRunning(remove),
        task: turn.task,
        attached: turn.attached,
        secrets: turn.secrets,
        network: turn.network,
        before,
        keep: life.whileRunning((text) => {
          left.isKept = true;
          files.set(`${turn.keep}/agent`, utf8(text));
        }),
        use: (usage) => {
          left.usage = usage;
        },
        changeMode: () => {
          left.isModeChanged = true;
          return 1;
        },
        connect: (place) => void reached.push(place),
        signal,
        print: life.whileRunning((text) =>
          life.print(typeof text === 'string' ? utf8(text) : text, (bytes) =>
            session.trace({ is: 'text', bytes }),
          ),
        ),
        sleep: (ms) => life.reach(clock.sleep(ms, life.over)),
        directive,
        ask: (asked) => life.reach(session.ask({ ...ASKED, ...asked })),
        delegate: async (to, task) => JSON.parse(await directive(JSON.stringify({ delegate: { to, task } }))),
      });
      return typeof code === 'number' ? code : 0;
    };
    const end: TurnEnd = {
      ...(await life.finish(program())),
      ...(reached.length > 0 && { reached }),
      ...left,
    };
    run.ended = end;
    return end;
  },
});

/** The bounds of one turn. What it reaches when it is over has no effect: a process that was killed does nothing. */
class TurnLife {
  readonly #over = new AbortController();
  readonly #limits: Turn['limits'];
  readonly #stopped: Promise<null>;
  readonly #signal: AbortSignal;
  #reason: TurnEnd['reason'] | null = null;
  #wake = () => {};
  #printed = Buffer.alloc(0);
  #seen = 0;

  constructor(clock: Clock, { limits }: Turn, signal: AbortSignal) {
    this.#limits = limits;
    this.#signal = signal;
    this.#stopped = new Promise((resolve) => {
      this.#wake = () => resolve(null);
    });
    signal.addEventListener('abort', this.#cancel, { once: true });
    void clock.sleep(limits.timeMs, this.over).then(() => this.#end('timed_out'));
  }

  /** Aborts when the turn is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  whileRunning<A extends unknown[], R>(act: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      if (this.over.aborted) throw new Error('the engine was ended');
      return act(...args);
    };
  }

  async reach<T>(work: Promise<T>): Promise<T> {
    const result = await work;
    return this.over.aborted ? NEVER : result;
  }

  /** Tells what of these bytes is within the limit; anything over it ends the turn. */
  print(bytes: Uint8Array, tell: (part: Uint8Array) => void): void {
    const part = bytes.subarray(0, this.#limits.outputBytes - this.#seen);
    this.#seen += part.length;
    this.#printed = Buffer.concat([this.#printed, part]).subarray(-TAIL_BYTES);
    if (part.length > 0) tell(part);
    if (part.length < bytes.length) this.#end('output_limit');
  }

  async finish(program: Promise<number>): Promise<TurnEnd> {
    let exitCode: number | null;
    try {
      exitCode = await Promise.race([program, this.#stopped]);
    } finally {
      this.#signal.removeEventListener('abort', this.#cancel);
      this.#over.abort();
    }
    if (this.#reason) exitCode = null;
    const reason = this.#reason ?? (exitCode === 0 ? 'done' : 'failed');
    return { is: 'ended', reason, exitCode, tail: tailText(this.#printed) };
  }

  readonly #cancel = (): void => this.#end('cancelled');

  #end(reason: TurnEnd['reason']): void {
    if (this.over.aborted) return;
    this.#reason = reason;
    this.#over.abort();
    this.#wake();
  }
}

const workspaceOf = (files: FileTree, { workspace }: Turn) => ({
  write: (path: string, text: string) => void files.set(`${workspace}/${path}`, utf8(text)),
  read: (path: string) => {
    const bytes = files.get(`${workspace}/${path}`);
    return bytes && fromUtf8(bytes);
  },
  remove: (path: string) => void files.delete(`${workspace}/${path}`),
});
