/** The process tree of one turn, whatever is spoken with it: started, weighed, bounded in time and words, and ended. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { withoutSecrets } from '../../core/encoding/without-secrets.ts';
import type { TurnStatus } from '../../core/vocabulary.ts';
import type { Turn } from '../../ports/index.ts';
import { type ChildStart, startProcess } from '../system/child-process.ts';
import { monotonicMs } from '../system/monotonic.ts';
import { overDisk } from './disk-use.ts';
import {
  endProcesses,
  heldInMemory,
  type Leader,
  memoryOf,
  startOfProcess,
  type TurnMark,
} from './processes.ts';
import { Redaction } from './redact.ts';
import { MEMORY_MOUNTS, shareOf } from './sandbox.ts';
import { markOf } from './start.ts';
import { TAIL_BYTES, tailText } from './tail.ts';

type Stop = Exclude<TurnStatus, 'done'>;
type Weighed = Pick<Turn, 'limits' | 'sandbox' | 'scratch' | 'secrets' | 'workspace'>;
type Options = {
  /** Time between SIGTERM and SIGKILL. */
  graceMs: number;
  /** Descriptors from 3 on. */
  pipes?: number;
  /** Gets what the turn says, as far as its limit lets it. */
  tell(bytes: Uint8Array): void;
};
/** How the process is waited for: what ends the turn, and what is said to the engine before it is cancelled. */
type Course = { over: Promise<unknown>; beforeCancel?: () => Promise<unknown> };

export class TurnProcess {
  readonly child: ChildProcess;
  /** Resolves with the exit code, null where a signal ended it. */
  readonly exited: Promise<number | null>;
  readonly #turn: Weighed;
  readonly #options: Options;
  readonly #mark: TurnMark;
  readonly #redaction: Redaction;
  readonly #stopped: Promise<void>;
  /** Null where it could not be started. */
  readonly #leader: Leader | null;
  /** Of commands that run beside its child. */
  readonly #beside = new Set<number>();
  #wake: () => void = () => undefined;
  #stop: Stop | undefined;
  #seen = 0;
  #tail = Buffer.alloc(0);

  constructor(turn: Weighed, start: ChildStart, options: Options) {
    this.#turn = turn;
    this.#options = options;
    this.#mark = markOf(turn.scratch);
    this.#redaction = new Redaction(turn.secrets);
    this.#stopped = new Promise((resolve) => {
      this.#wake = resolve;
    });
    this.child = startProcess(start, { pipes: options.pipes ?? 0, ownGroup: true, isBehind: true });
    const { pid } = this.child;
    // Not reaped before the next turn of the loop, however soon it ended
    this.#leader = pid === undefined ? null : { pid, started: startOfProcess(pid) };
    for (const stream of this.child.stdio) stream?.on('error', () => undefined);
    this.exited = this.#exit();
  }

  /** Why it was ended from here, if it was. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  get tail(): string {
    return tailText(this.#tail);
  }

  /** Weighed with it from now on. */
  join(leader: number | undefined): void {
    if (leader !== undefined) this.#beside.add(leader);
  }

  leave(leader: number | undefined): void {
    if (leader !== undefined) this.#beside.delete(leader);
  }

  /** Something that the turn says: counted, told and kept, until there is too much of it. */
  say(bytes: Uint8Array): void {
    if (this.#stop !== undefined) return;
    const part = bytes.subarray(0, this.#turn.limits.outputBytes - this.#seen);
    this.#seen += part.length;
    this.#pass(this.#redaction.push(part));
    if (part.length < bytes.length) this.end('output_limit');
  }

  #pass(bytes: Uint8Array): void {
    this.keep(bytes);
    if (bytes.length > 0) this.#options.tell(bytes);
  }

  /** For the tail alone. */
  keep(bytes: Uint8Array): void {
    this.#tail = Buffer.concat([this.#tail, bytes.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES);
  }

  /** The first reason stands; the words go where its output ends. */
  end(why: Stop, words?: string): void {
    if (this.#stop === undefined && words !== undefined)
      this.keep(Buffer.from(`\nstopped: ${withoutSecrets(this.#turn.secrets, words)}\n`));
    this.#stop ??= why;
    this.#wake();
  }

  /** Resolves with the exit code, when nothing of the turn runs any more. */
  async finish(signal: AbortSignal, { over, beforeCancel }: Course): Promise<number | null> {
    const closed = new Promise<void>((resolve) => this.child.once('close', () => resolve()));
    const cancel = () => {
      if (beforeCancel === undefined) this.end('cancelled');
      else void beforeCancel().finally(() => this.end('cancelled'));
    };
    signal.addEventListener('abort', cancel, { once: true });
    if (signal.aborted) cancel();
    const timer = setTimeout(() => this.end('timed_out'), this.#turn.limits.timeMs);
    const watch = setInterval(() => void this.#weigh(), 500);
    const looking = new AbortController();
    void this.#watchDisk(looking.signal);
    await Promise.race([over, this.#stopped]);
    clearTimeout(timer);
    clearInterval(watch);
    looking.abort();
    signal.removeEventListener('abort', cancel);
    // Also after a normal exit: what it forked ends with it
    if (this.#leader !== null) await endProcesses(this.#leader, this.#mark, this.#options.graceMs);
    // As it leaves them: a turn may fill a disk faster than it is looked at
    await this.#lookAtDisk();
    const patience = new AbortController();
    const given = delay(2000, undefined, { signal: patience.signal }).catch(() => undefined);
    await Promise.race([Promise.all([this.exited, closed]), given]);
    patience.abort();
    for (const stream of this.child.stdio.slice(1)) stream?.destroy();
    this.#pass(this.#redaction.end());
    return Promise.race([this.exited, Promise.resolve(null)]);
  }

  #exit(): Promise<number | null> {
    return new Promise((resolve) => {
      this.child.once('exit', (code) => resolve(code));
      this.child.once('error', (error) => {
        this.keep(Buffer.from(`could not start: ${error.message}\n`));
        if (this.child.pid === undefined) resolve(127);
      });
    });
  }

  async #lookAtDisk(): Promise<void> {
    if (this.#stop !== undefined) return;
    const { workspace, scratch, limits } = this.#turn;
    const over = await overDisk([workspace, scratch], limits);
    if (over !== null) this.end('disk_limit', `its files take too much room, ${over}; they are not kept`);
  }

  /** A tenth of the time at most, however many files there are. */
  async #watchDisk(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const before = monotonicMs();
      await this.#lookAtDisk();
      const pause = Math.max(1000, 9 * (monotonicMs() - before));
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  async #weigh(): Promise<void> {
    const leader = this.child.pid;
    if (leader === undefined) return;
    const { memoryBytes } = this.#turn.limits;
    const mounts = this.#turn.sandbox === 'bwrap' ? MEMORY_MOUNTS : [];
    const weights = [leader, ...this.#beside].map(
      async (one) => (await memoryOf(one)) + (await heldInMemory(one, mounts, shareOf(memoryBytes))),
    );
    const all = (await Promise.all(weights)).reduce((sum, weight) => sum + weight, 0);
    if (all > memoryBytes) this.end('failed', 'over the memory limit');
  }
}
