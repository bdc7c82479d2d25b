/** One turn of the `acp` engine: an agent that is spoken with until it says that its turn ended, or until it is ended. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Written } from '../../../core/acp/edit.ts';
import { MAX_ACP } from '../../../core/bounds.ts';
import { cutTail } from '../../../core/encoding/cut.ts';
import type { Timeouts } from '../../../core/graph/timeouts.ts';
import type { Turn, TurnEnd, TurnSession } from '../../../ports/index.ts';
import type { ChildStart } from '../../system/child-process.ts';
import { refusedDirective } from '../line-answers.ts';
import { OwnCommands } from '../own-commands.ts';
import { Redaction } from '../redact.ts';
import type { StartBeside } from '../starter.ts';
import { TurnProcess } from '../turn-process.ts';
import { RefusedInARow } from './answers.ts';
import { ApprovedOnce } from './approved-once.ts';
import { Conversation } from './conversation.ts';
import { dialectOf } from './dialects.ts';
import type { AgentMemory } from './kept-home.ts';
import type { Through } from './known-agents.ts';
import { NotRead } from './messages.ts';
import type { AcpSpec } from './profiles.ts';
import { Telling } from './telling.ts';
import { ToolCalls } from './tool-calls.ts';
import type { Tools } from './tools.ts';

type AcpRun = {
  turn: Turn<AcpSpec>;
  start: ChildStart;
  beside: StartBeside;
  mode: string | null;
  meta: object | null;
  kept: AgentMemory | null;
  tools: Tools;
  through: Through;
  graceMs: number;
  timeouts: Timeouts;
  session: TurnSession;
};

/** With what the next turn can go on with. */
type AcpEnd = { end: TurnEnd; agent: AgentMemory };

/** What the agent itself says of the end of its turn, as the code that a command would have ended with. */
type AgentEnd = { exitCode: 0 | 1; words: string };
const ENDINGS: ReadonlyMap<string, AgentEnd> = new Map([
  ['end_turn', { exitCode: 0, words: '' }],
  ['max_tokens', { exitCode: 1, words: 'the agent came to the most tokens that its model gives' }],
  ['max_turn_requests', { exitCode: 1, words: 'the agent came to the most requests of one turn' }],
  ['refusal', { exitCode: 1, words: 'the agent refused the task' }],
  ['cancelled', { exitCode: 1, words: 'the agent cancelled the turn by itself' }],
]);
const endOf = (reason: string): AgentEnd =>
  ENDINGS.get(reason) ?? {
    exitCode: 1,
    words: 'the agent ended the turn for a reason that is not known here',
  };

/** What an agent still says when its process has ended. */
const LAST_WORDS_MS = 1000;
const SETTLE_MS = 5000;
const COMPLAINT = 2000;
const CLOSED = Symbol('closed');
const gone = (code: number | null): Error =>
  new Error(
    `the agent ended before its turn did, ${code === null ? 'by a signal' : `with exit code ${code}`}`,
  );

/** The end of what it prints beside the protocol: told where the turn fails. Too much of it ends the turn. */
const complaintOf = (running: TurnProcess, secrets: Turn['secrets']): (() => string) => {
  let [text, all] = ['', 0];
  const redaction = new Redaction(secrets);
  const add = (bytes: Uint8Array) => {
    text = cutTail(text + Buffer.from(bytes).toString('utf8'), COMPLAINT);
  };
  running.child.stderr?.on('data', (bytes: Buffer) => {
    add(redaction.push(bytes));
    all += bytes.length;
    if (all > MAX_ACP.all) running.end('output_limit');
  });
  return () => {
    add(redaction.end());
    return text;
  };
};

const OVER = refusedDirective('cancelled', 'the turn is over');

export const runAcp = async (
  { turn, start, beside, mode, meta, kept, tools, through, graceMs, timeouts, session }: AcpRun,
  signal: AbortSignal,
): Promise<AcpEnd> => {
  const dialect = dialectOf(turn.spec.protocol);
  const spoken = { dialect, library: await dialect.load() };
  const tell = (bytes: Uint8Array) => session.trace({ is: 'text', bytes });
  const running = new TurnProcess(turn, start, { graceMs, tell });
  const complaint = complaintOf(running, turn.secrets);
  const isStopped = () => signal.aborted || running.stop !== undefined;
  const telling = new Telling(running);
  const made = {
    refusals: new RefusedInARow(running),
    approved: new ApprovedOnce<Written>(),
    commands: new ApprovedOnce<string>(),
  };
  const asked = { turn, running, isOver: isStopped, session, telling, tools: tools.server, through, ...made };
  const talk = new Conversation(spoken, asked, { timeouts, beside, graceMs });
  const commands = new OwnCommands(turn, running, beside);
  const answer = async (directive: string) => (talk.isOver ? OVER : session.directive(directive, commands));
  const calls = new ToolCalls({ answer, waiting: (one) => talk.waiting(one) });
  tools.serve(calls, (words) => running.end('output_limit', words));
  const ended = talk.run({ turn, mode, meta, kept }).then(endOf, async (error: unknown) => {
    const isClosed = running.child.stdout?.readableEnded === true;
    if (!isClosed && !(error instanceof NotRead)) return error as Error;
    const code = await Promise.race([running.exited, delay(LAST_WORDS_MS, CLOSED)]);
    if (code !== CLOSED) return gone(code);
    return isClosed ? new Error('the agent closed its output before its turn ended') : (error as Error);
  });
  const died = running.exited.then((code) => delay(LAST_WORDS_MS, gone(code)));
  const over = Promise.race([ended, died]);
  const beforeCancel = async () => {
    void talk.cancel();
    await Promise.race([over, delay(timeouts.cancel)]);
  };
  const exitCode = await running.finish(signal, { over, beforeCancel });
  await commands.end();
  // A disk that does not answer holds up no runner
  await Promise.race([talk.settled(), delay(SETTLE_MS, undefined, { ref: false })]);
  const endedAs = (reason: TurnEnd['reason'], code: TurnEnd['exitCode']): AcpEnd => ({
    end: {
      ...{ is: 'ended', reason, exitCode: code, tail: running.tail },
      ...(talk.isModeChanged && { isModeChanged: true }),
      ...(talk.usage && { usage: talk.usage }),
    },
    agent: talk.session,
  });
  if (running.stop !== undefined) return endedAs(running.stop, exitCode);
  const end = await over;
  if (!(end instanceof Error) && end.exitCode === 0) return endedAs('done', 0);
  const words = end instanceof Error ? end.message : end.words;
  running.end('failed', `${words}\n${complaint()}`.trim());
  const code = end instanceof Error ? exitCode : end.exitCode;
  return endedAs('failed', code);
};
