/** A turn over the Agent Client Protocol: a session in the workspace, its mode pinned, one prompt to its end. */
import type { Readable, Writable } from 'node:stream';
import * as z from 'zod';
import { PIN_UPDATES, type Pinned } from '../../../core/acp/pin.ts';
import { errorDetails, updated } from '../../../core/acp/shapes.ts';
import { modeLine, sessionLine, withinLine } from '../../../core/acp/told.ts';
import { type TurnUsage, usageAfter, usageSince } from '../../../core/acp/usage.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { Timeouts } from '../../../core/graph/timeouts.ts';
import type { Turn } from '../../../ports/index.ts';
import { taskText } from '../start.ts';
import type { StartBeside } from '../starter.ts';
import { type AskedOf, files, permissions } from './answers.ts';
import type { AskAgent, Dialect, Wire } from './dialects.ts';
import type { AgentMemory } from './kept-home.ts';
import { messagesOf, NotRead } from './messages.ts';
import { agentFailure as failure, openSession } from './opening.ts';
import { RefusedToAgent } from './refused-to-agent.ts';
import { Silence } from './silence.ts';
import { Terminals } from './terminals.ts';

/** Its dialect, and the library of that. */
type Spoken = { dialect: Dialect; library: Awaited<ReturnType<Dialect['load']>> };
type Means = { timeouts: Timeouts; beside: StartBeside; graceMs: number };
/** What is said to the agent: all of its task, and to one whose session goes on what came since. */
type Said = {
  turn: Pick<Turn, 'task' | 'attached' | 'scratch' | 'before'>;
  mode: string | null;
  meta: object | null;
  kept: AgentMemory | null;
};

const notOfForm = (what: string): string => `the agent’s answer to ${what} has not the form of one`;
const readAnswer = <S extends z.ZodType>(shape: S, answer: unknown, what: string): z.output<S> => {
  const read = readShape(shape, answer);
  if (!read.success) throw failure(notOfForm(what));
  return read.data;
};

/** The message of an error, and what its agent says beside it. */
const wordsOf = (error: unknown): string => {
  const { data } = readShape(errorDetails, error instanceof Error && 'data' in error ? error.data : null);
  const message = error instanceof Error ? error.message : String(error);
  return withinLine(data === undefined ? message : `${message}: ${data.details}`);
};

type Update = z.output<typeof updated>;

export class Conversation {
  readonly #asked: Omit<AskedOf, 'id' | 'doing'>;
  readonly #timeouts: Timeouts;
  readonly #agent: Wire;
  readonly #dialect: Dialect;
  readonly #followed: ReturnType<Dialect['follow']>;
  readonly #silence: Silence;
  readonly #terminals: Terminals;
  #id: string | null = null;
  #method: string | null = null;
  #usedBefore: TurnUsage | undefined;
  #pinned: Pinned | null = null;
  isModeChanged = false;
  #isEnded = false;
  readonly #underWay = new Set<Promise<unknown>>();
  /** What was told of modes and options before the session was pinned: the last of each kind. */
  readonly #early = new Map<string, Update>();

  constructor(
    { dialect, library }: Spoken,
    asked: Omit<AskedOf, 'id' | 'doing'>,
    { timeouts, beside, graceMs }: Means,
  ) {
    this.#dialect = dialect;
    this.#followed = dialect.follow(() => {
      this.#isEnded = true;
    });
    this.#asked = asked;
    this.#timeouts = timeouts;
    const { running } = asked;
    const { stdin, stdout } = running.child;
    this.#silence = new Silence((words) => running.end('failed', words));
    const all = {
      ...asked,
      isOver: () => this.isOver,
      id: () => this.#id,
      doing: <T>(work: Promise<T>) => this.#doing(work),
    };
    const ask = permissions(all);
    const { read, write } = files(all);
    const terminals = new Terminals(all, beside, graceMs);
    this.#terminals = terminals;
    const stream = messagesOf(
      { from: stdout as Readable, to: stdin as Writable },
      {
        heard: () => this.#silence.heard(),
        update: (params) => this.#update(params),
        trouble: (words) => running.end('failed', words),
        closed: () => this.#followed.closed(new Error('the agent closed its output')),
      },
    );
    const told = async <T>(work: () => T | Promise<T>): Promise<T> => {
      try {
        return await work();
      } catch (error) {
        if (error instanceof RefusedToAgent) throw library.refusal(error.message);
        throw error;
      }
    };
    const seams = {
      'fs/read_text_file': (params: unknown) => told(() => read(params)),
      'fs/write_text_file': (params: unknown, taken: AbortSignal) =>
        this.waiting(told(() => write(params, taken))),
      'terminal/create': (params: unknown, taken: AbortSignal) =>
        this.waiting(told(() => terminals.create(params, taken))),
      'terminal/output': (params: unknown) => told(() => terminals.output(params)),
      'terminal/wait_for_exit': (params: unknown) => this.waiting(told(() => terminals.wait(params))),
      'terminal/kill': (params: unknown) => told(() => terminals.kill(params)),
      'terminal/release': (params: unknown) => told(() => terminals.release(params)),
    };
    this.#agent = library.connect(stream, {
      'session/request_permission': (params, taken) => this.waiting(ask(dialect.permission(params), taken)),
      ...(dialect.hasSeams && seams),
    });
  }

  /** Resolves with the reason that the agent gives for the end of its turn. */
  async run({ turn, mode, meta, kept }: Said): Promise<string> {
    try {
      this.#silence.allow(this.#timeouts.start, 'the agent does not answer (`timeouts.start`)');
      const { telling, tools, through } = this.#asked;
      const hello = this.#dialect.hello(through);
      const able = this.#dialect.able(await this.#ask('initialize', hello, z.unknown()), tools);
      if (able === null) throw failure(notOfForm('initialize'));
      const { version } = this.#dialect;
      if (able.version !== version)
        throw failure(`the agent speaks version ${able.version} of its protocol, not ${version}`);
      this.#method = able.goesOn;
      const place = {
        ...{ cwd: this.#asked.turn.workspace, mcpServers: able.servers },
        ...(meta && { _meta: meta }),
      };
      const opening = { dialect: this.#dialect, ask: this.#ask, place, mode };
      const opened = await openSession(opening, kept, this.#method);
      const { sessionId, goesOn, why } = opened;
      if (kept !== null) telling.line(sessionLine(why));
      if (goesOn && kept !== null && 'sessionId' in kept) this.#usedBefore = kept.usage;
      this.#pin(opened);
      if (this.isOver) throw failure('the turn was over before its prompt');
      this.#silence.allow(this.#timeouts.silence, 'the agent fell silent (`timeouts.silence`)');
      const task = (goesOn && turn.before?.words) || turn.task;
      const text = { type: 'text', text: taskText({ ...turn, task }) };
      return await this.#followed.prompt(this.#ask, { sessionId, prompt: [text] });
    } finally {
      this.#isEnded = true;
      this.#silence.end();
    }
  }

  /** What its agent told of the turn, without those before in the same session. */
  get usage(): TurnUsage | undefined {
    const { usage } = this.#asked.telling;
    return usage && usageSince(usage, this.#usedBefore);
  }

  /** What the next turn can go on with. */
  get session(): AgentMemory {
    if (this.#id === null) return { why: 'its agent had none' };
    return this.#method === null
      ? { why: 'the agent does not offer it' }
      : { sessionId: this.#id, usage: usageAfter(this.#asked.telling.usage, this.#usedBefore) };
  }

  /** Cancelled or ended, by whomever: nothing begins after it, whatever the agent still asks for. */
  get isOver(): boolean {
    return this.#isEnded || this.#asked.isOver();
  }

  /** Resolves when nothing that the agent asked for is under way any more. */
  async settled(): Promise<void> {
    this.#isEnded = true;
    await Promise.allSettled([...this.#underWay, this.#terminals.end()]);
  }

  #doing<T>(work: Promise<T>): Promise<T> {
    const done = work.finally(() => this.#underWay.delete(done));
    this.#underWay.add(done);
    return done;
  }

  /** The agent waits for an answer of ours, however long it takes: that is no silence. */
  waiting<T>(answer: Promise<T>): Promise<T> {
    return this.#silence.during(answer);
  }

  /** Asks the agent to end the turn by itself; waits for ever where it reads nothing. */
  async cancel(): Promise<void> {
    if (this.#id !== null) await this.#agent.cancel(this.#id).catch(() => undefined);
  }

  readonly #ask: AskAgent = async (method, params, shape, answered) => {
    const given = this.#agent.request(method, params).finally(answered);
    const answer = await given.catch((error: unknown) => {
      if (error instanceof NotRead) throw error;
      throw failure(`the agent did not do ${method}: ${wordsOf(error)}`);
    });
    return readAnswer(shape, answer, method);
  };

  #pin({ sessionId, pinned }: { sessionId: string; pinned: Pinned }): void {
    this.#pinned = pinned;
    this.#id = sessionId;
    for (const early of this.#early.values()) this.#take(early);
  }

  /** Told as well: who reads what it did sees why it ended there. */
  #leftMode(change: string): void {
    const { running, telling } = this.#asked;
    if (running.stop !== undefined) return;
    this.isModeChanged = true;
    telling.line(modeLine(change));
    running.end('failed', `the agent was stopped: ${change}`);
  }

  #update(params: unknown): void {
    const { data } = readShape(updated, params);
    if (data === undefined) return;
    if (this.#pinned !== null) this.#take(data);
    else if (PIN_UPDATES.has(data.update.sessionUpdate)) this.#early.set(data.update.sessionUpdate, data);
  }

  #take({ sessionId, update }: Update): void {
    if (sessionId !== this.#id || this.#pinned === null) return;
    const told = this.#followed.update(update);
    if (told === null) return;
    const judge = PIN_UPDATES.get(told.sessionUpdate);
    const change = judge?.(this.#pinned, told) ?? null;
    if (change !== null) this.#leftMode(change);
    else if (judge === undefined) this.#asked.telling.update(told);
  }
}
