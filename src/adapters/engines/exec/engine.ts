/** The `exec` engine: one command per turn, bounded in time, output and memory, its whole process tree ended with it. */
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EntangleError } from '../../../core/errors.ts';
import type { EngineSpec } from '../../../core/graph/engines.ts';
import type { TurnStatus } from '../../../core/vocabulary.ts';
import type { Engine, Turn, TurnEnd, TurnSession } from '../../../ports/index.ts';
import { type ChildStart, findProgram, searchPath, startProcess } from '../../system/child-process.ts';
import { engineAccount, giveTo } from '../account.ts';
import { requireSandbox } from '../probe.ts';
import { MEMORY_MOUNTS, sandboxStart, shareOf } from '../sandbox.ts';
import { TAIL_BYTES, tailText } from '../tail.ts';
import { answerDirectives } from './directives.ts';
import { endProcesses, heldInMemory, memoryOf } from './processes.ts';

export type ExecOptions = {
  bwrap?: string;
  /** Time between SIGTERM and SIGKILL. */
  graceMs?: number;
};
type ExecSpec = EngineSpec<'exec'>;
type ExecTurn = Turn<ExecSpec>;
type Stop = Exclude<TurnStatus, 'done' | 'failed'> | 'memory';

const FILE_BYTES = 2 * 1024 ** 3;
const PROCESSES = 4096;
/** For requests and answers. */
const PIPES = 2;

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
      return new Run(turn, start, options.graceMs ?? 2000, session).finish(signal);
    },
    objection: async (spec) => objectionTo(spec.command[0] ?? ''),
    recover: (scratch) => endProcesses(null, markOf(scratch), 1000),
  };
};

/** A line of the environment that every process of this turn inherits. */
const markOf = (scratch: string): string => `ENTANGLE_TASK_FILE=${join(scratch, 'task.txt')}`;

/** A path that is not absolute names a file of the workspace, which no task has filled yet. */
const objectionTo = (program: string): string | null => {
  if (program.includes('/') && !isAbsolute(program)) return null;
  return findProgram(program) === null ? `engine program "${program}" not found on this machine` : null;
};

const checkTurn = (turn: ExecTurn): void => {
  const [program] = turn.spec.command;
  if (!program || turn.spec.command.some((word) => word.includes('\0'))) {
    throw new EntangleError('invalid', 'the engine command is empty or has a NUL character');
  }
  if (!isAbsolute(turn.workspace) || !isAbsolute(turn.scratch)) {
    throw new EntangleError('invalid', 'workspace and scratch of a turn must be absolute paths');
  }
};

const prepare = async (turn: ExecTurn): Promise<Record<string, string>> => {
  const [home, temporary, task] = ['home', 'tmp', 'task.txt'].map((name) => join(turn.scratch, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [home, temporary]) await mkdir(directory, { recursive: true, mode: 0o700 });
  // An earlier attempt may have put a link there
  await rm(task, { recursive: true, force: true });
  await writeFile(task, turn.task, { flag: 'wx', mode: 0o600 });
  const account = turn.sandbox === 'bwrap' ? engineAccount() : undefined;
  if (account) await giveTo(account, [turn.workspace, turn.scratch]);
  return { PATH: searchPath(), LANG: 'C.UTF-8', HOME: home, TMPDIR: temporary, ENTANGLE_TASK_FILE: task };
};

// bash closes what the runner itself inherited; the plain shell knows no descriptor above 9
const BASH = existsSync('/bin/bash');
const CLOSE = `for f in /proc/$$/fd/*; do f=\${f##*/}; case $f in [01234]|*[!0-9]*) ;; *) eval "exec $f>&-";; esac; done;`;

/** A starter that sets the limits a shell knows, each where the system takes it, and becomes the command after it. */
const limits = (turn: ExecTurn): string[] => {
  // Programs map far more than they use: this only stops what grows faster than memory is weighed
  const data = Math.floor(turn.limits.memoryBytes / 1024) + 1024 * 1024;
  // A count of processes is the account's, not the turn's, outside of a user namespace
  const processes = turn.sandbox === 'bwrap' ? `ulimit -u ${PROCESSES} || ulimit -p ${PROCESSES};` : '';
  const set = `ulimit -c 0; ulimit -f ${FILE_BYTES / (BASH ? 1024 : 512)}; ulimit -d ${data}; ${processes}`;
  const script = `${BASH ? CLOSE : ''} { ${set} } 2>/dev/null; exec "$@"`;
  return [BASH ? '/bin/bash' : '/bin/sh', '-c', script, 'sh'];
};

/** The command of the turn behind what sets its limits, in its sandbox where it has one. */
const startOf = (turn: ExecTurn, env: Record<string, string>, bwrap: string | null): ChildStart => {
  const { workspace: cwd, spec } = turn;
  const starter = limits(turn);
  if (bwrap === null) {
    const [program, ...args] = [...starter, ...spec.command] as [string, ...string[]];
    return { program, args, env, cwd };
  }
  return sandboxStart(bwrap, { ...turn, command: spec.command }, { env, starter, pipes: PIPES });
};

class Run {
  readonly #turn: ExecTurn;
  readonly #graceMs: number;
  readonly #session: TurnSession;
  readonly #child: ChildProcess;
  readonly #mark: string;
  readonly #stopped: Promise<void>;
  #wake: () => void = () => undefined;
  #stop: Stop | undefined;
  #seen = 0;
  #tail = Buffer.alloc(0);

  constructor(turn: ExecTurn, start: ChildStart, graceMs: number, session: TurnSession) {
    this.#turn = turn;
    this.#graceMs = graceMs;
    this.#session = session;
    this.#mark = markOf(turn.scratch);
    this.#stopped = new Promise((resolve) => {
      this.#wake = resolve;
    });
    this.#child = startProcess(start, { pipes: PIPES, ownGroup: true });
    answerDirectives(this.#child, (line) => session.directive(line));
  }

  async finish(signal: AbortSignal): Promise<TurnEnd> {
    const exit = this.#exited();
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    this.#listen();
    const cancel = () => this.#end('cancelled');
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    const timer = setTimeout(() => this.#end('timed_out'), this.#turn.limits.timeMs);
    const watch = setInterval(() => void this.#weigh(), 500);
    await Promise.race([exit, this.#stopped]);
    clearTimeout(timer);
    clearInterval(watch);
    signal.removeEventListener('abort', cancel);
    const leader = this.#child.pid;
    // Also after a normal exit: what it forked ends with it
    if (leader !== undefined) await endProcesses(leader, this.#mark, this.#graceMs);
    const patience = new AbortController();
    const given = delay(2000, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all([exit, closed]), given]);
    patience.abort();
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    for (const stream of this.#child.stdio.slice(3)) stream?.destroy();
    return this.#outcome(await Promise.race([exit, Promise.resolve(null)]));
  }

  #exited(): Promise<number | null> {
    return new Promise((resolve) => {
      this.#child.once('exit', (code) => resolve(code));
      this.#child.once('error', (error) => {
        this.#keep(Buffer.from(`could not start: ${error.message}\n`));
        if (this.#child.pid === undefined) resolve(127);
      });
    });
  }

  #listen(): void {
    const { stdin, stdout, stderr } = this.#child;
    const ignore = () => undefined;
    for (const stream of [stdin, stdout, stderr]) stream?.on('error', ignore);
    stdin?.end(this.#turn.task);
    stdout?.on('data', (bytes: Buffer) => this.#take(bytes));
    stderr?.on('data', (bytes: Buffer) => this.#take(bytes));
  }

  #take(bytes: Buffer): void {
    if (this.#stop !== undefined) return;
    const left = this.#turn.limits.outputBytes - this.#seen;
    const part = bytes.subarray(0, left);
    this.#seen += part.length;
    this.#keep(part);
    if (part.length > 0) this.#session.trace({ is: 'text', bytes: part });
    if (part.length < bytes.length) this.#end('output_limit');
  }

  #keep(bytes: Buffer): void {
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
  }

  #end(why: Stop): void {
    this.#stop ??= why;
    this.#wake();
  }

  async #weigh(): Promise<void> {
    const leader = this.#child.pid;
    if (leader === undefined) return;
    const { memoryBytes } = this.#turn.limits;
    const mounts = this.#turn.sandbox === 'bwrap' ? MEMORY_MOUNTS : [];
    const held = await heldInMemory(leader, mounts, shareOf(memoryBytes));
    if ((await memoryOf(leader)) + held <= memoryBytes) return;
    this.#keep(Buffer.from('\nstopped: over the memory limit\n'));
    this.#end('memory');
  }

  #outcome(exitCode: number | null): TurnEnd {
    const stop = this.#stop === 'memory' ? 'failed' : this.#stop;
    const reason = stop ?? (exitCode === 0 ? 'done' : 'failed');
    return { is: 'ended', reason, exitCode, tail: tailText(this.#tail) };
  }
}
