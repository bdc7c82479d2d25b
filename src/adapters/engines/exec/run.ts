/** One turn of the `exec` engine: a process tree that is watched, weighed, heard and ended. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { TurnStatus } from '../../../core/vocabulary.ts';
import type { TurnEnd, TurnSession } from '../../../ports/index.ts';
import { type ChildStart, startProcess } from '../../system/child-process.ts';
import { MEMORY_MOUNTS, shareOf } from '../sandbox.ts';
import { TAIL_BYTES, tailText } from '../tail.ts';
import { answerDirectives } from './directives.ts';
import { endProcesses, heldInMemory, memoryOf, type TurnMark } from './processes.ts';
import { type ExecTurn, markOf, PIPES, taskText } from './start.ts';

type Stop = Exclude<TurnStatus, 'done' | 'failed'> | 'memory';

export class ExecRun {
  readonly #turn: ExecTurn;
  readonly #graceMs: number;
  readonly #session: TurnSession;
  readonly #child: ChildProcess;
  readonly #mark: TurnMark;
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
    stdin?.end(taskText(this.#turn));
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
