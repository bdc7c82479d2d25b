/** What does a turn. */
import type { Written } from '../core/acp/edit.ts';
import type { TurnUsage } from '../core/acp/usage.ts';
import type { EngineSpec } from '../core/graph/engines.ts';
import type {
  Binding,
  CallOperation,
  Decision,
  EngineType,
  NetworkOutcome,
  SandboxKind,
  TurnStatus,
} from '../core/vocabulary.ts';

export type EngineLimits = {
  timeMs: number;
  outputBytes: number;
  memoryBytes: number;
  /** Of workspace and scratch directory together. */
  diskBytes: number;
  diskEntries: number;
};

/** A file by its name, wherever it is put. */
export type NamedBytes = { name: string; bytes: Uint8Array };

/** What an engine is given for one turn; `spec` is what the graph says of it. */
export type Turn<S extends EngineSpec = EngineSpec> = {
  spec: S;
  task: string;
  /** Go with the task, beside the workspace: the engine can read them, and no commit has them. */
  attached: readonly NamedBytes[];
  /** For its engine alone, as files; what it says of one is told without it. */
  secrets: readonly NamedBytes[];
  /** Private directory of this turn: the task file is put there, HOME and TMPDIR of the engine are below it. */
  scratch: string;
  workspace: string;
  /** Nothing that becomes of the workspace is kept: a sandbox lets nobody write there. */
  isReadOnly?: boolean;
  sandbox: SandboxKind;
  /** Paths that the engine must not see. */
  hidden: readonly string[];
  /** Hosts with their ports that it may reach; where it is in a sandbox, nothing else. */
  network: readonly string[];
  limits: EngineLimits;
  /** Its engine's own place, for what the next turn of the session goes on with; whoever names it takes it away. */
  keep?: string;
  /** People answer for calls of its engine. What an agent keeps could answer in their place, so that nothing of it goes on. */
  isAsked?: boolean;
  /** Of the turn before in this session: what its engine kept, and what of the task came since. */
  before?: { kept: string; words: string };
};

/** What an engine tells of a turn; a kind of event is here when an engine emits it. */
export type EngineEvent =
  /** What it printed, as it came. */
  { is: 'text'; bytes: Uint8Array } | TurnEnd;

/** Connections that a turn asked for at one place, HOST:PORT; empty for all that nobody could read, or that there were too many of. */
export type Reached = {
  to: string;
  outcome: NetworkOutcome;
  connections: number;
  /** Bytes. */
  sent: number;
  received: number;
};

/** The last event of a turn. */
export type TurnEnd = {
  is: 'ended';
  reason: TurnStatus;
  /** Of the process, null where a signal ended it; of an engine that says itself how its turn ended, 0 or 1 for that. */
  exitCode: number | null;
  /** Last part of what it printed, at most 8 KiB, as it came (sanitize before showing). */
  tail: string;
  /** It was stopped because its agent left the mode or an option that its session was pinned to. */
  isModeChanged?: boolean;
  /** What its agent told of it. */
  usage?: TurnUsage;
  /** Something is at its place for the next turn. */
  isKept?: boolean;
  /** Where its sandbox has a way to the network. */
  reached?: readonly Reached[];
};

/** What an engine wants to do and asks about first. */
export type PermissionRequest = {
  operation: CallOperation;
  /** How much of what it will do is in what it gives. */
  binding: Binding;
  /** Exactly as it is to run; null where it is only described. */
  command: string | null;
  /** What the engine calls it. */
  words: string;
  /** All else that it gives of it, as canonical JSON. */
  input: string | null;
  /** The answer that the engine would get; null where the runner would do it. */
  option: { id: string; kind: string; name: string } | null;
  /** What else is bound, made where people will be asked, one at a time; it takes the place of `input`. */
  late?: () => Promise<string>;
  /** What it does comes through its runner, which asks then, over all that it is: what binds less is let come so far. */
  isThrough?: boolean;
  /** A write that leads out of the files of the task: where no policy has commands wait, that of writes answers. */
  isAway?: boolean;
  /** The file and the bytes that are bound. */
  written?: Written | null;
};

export type Permission = {
  decision: Exclude<Decision, 'changes_wanted'>;
  reason: string;
  /** Of what people approved: whether it stands, for what is done of it later. */
  still?: () => Promise<Permission>;
};

/** A command that an engine has its runner run, in the fence of the turn. */
export type OwnCommand = {
  argv: readonly string[];
  /** Below the workspace; `.` for that itself. */
  cwd: string;
  env: Readonly<Record<string, string>>;
  stdin: string;
};
/** `output`: the end of what it printed, on both streams; `exit`: null where a signal ended it. */
export type Ran = { exit: number | null; output: string; isCut: boolean };
/** What a turn can do beside its engine. */
export interface Hands {
  /** Why such a command cannot run at all, or null. */
  objection(command: OwnCommand): string | null;
  /** Digest of all files of the workspace as they are now. */
  tree(): Promise<string>;
  /** Resolves when it has ended: it ends with the turn at the latest. */
  run(command: OwnCommand): Promise<Ran>;
}

/** The runner's side of one turn: all that an engine can say or ask goes through it. */
export interface TurnSession {
  /**
   * May the engine do it? The policy of the node answers, and where it names people, they do: that may take as long as the
   * turn has. An engine that is rejected goes on without, or ends the turn. `taken` aborts when it asks no more.
   */
  ask(request: PermissionRequest, taken?: AbortSignal): Promise<Permission>;
  /** A structured request in one line, answered by one line. What an engine prints is never a directive. */
  directive(line: string, hands?: Hands): Promise<string>;
  trace(event: Exclude<EngineEvent, TurnEnd>): void;
}

export interface Engine<S extends EngineSpec = EngineSpec> {
  /** Why this machine cannot run such an engine at all, or null: a node is not taken that no turn could start for. */
  objection(spec: S): Promise<string | null>;
  /** Runs one turn and resolves with its last event, when nothing of it runs any more. */
  run(turn: Turn<S>, session: TurnSession, signal: AbortSignal): Promise<TurnEnd>;
  /** Ends what an earlier attempt of the turn with this scratch directory left running when its runner was killed. */
  recover(scratch: string): Promise<void>;
}

/** The adapter of each engine of the graph; null where this program cannot run it yet. */
export type Engines = { readonly [T in EngineType]: Engine<EngineSpec<T>> | null };
