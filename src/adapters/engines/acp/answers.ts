/** What an agent asks of its runner during a turn: whether it may, and for files of its workspace. */
import type { RequestPermissionResponse } from '@agentclientprotocol/sdk';
import type * as z from 'zod';
import { bindCall } from '../../../core/acp/binding.ts';
import type { Written } from '../../../core/acp/edit.ts';
import { allowOnce, rejectOnce } from '../../../core/acp/options.ts';
import { fileRead, fileWritten, permissionAsked } from '../../../core/acp/shapes.ts';
import { answerLine, writtenLine } from '../../../core/acp/told.ts';
import { asksForTool } from '../../../core/acp/tools.ts';
import { MAX_REFUSED } from '../../../core/bounds.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { Turn, TurnSession } from '../../../ports/index.ts';
import { engineAccount } from '../account.ts';
import type { TurnProcess } from '../turn-process.ts';
import type { ApprovedOnce } from './approved-once.ts';
import { FileRefused, type FilesOfTurn, partOfText, readWorkspaceText, writeWorkspaceText } from './files.ts';
import type { Through } from './known-agents.ts';
import { placedWrite } from './places.ts';
import type { Telling } from './telling.ts';
import type { ToolServer } from './tools.ts';
import { boundWrite, isSameWrite, writeAsked } from './writes.ts';

/** Of the requests of one turn: so many refusals in a row end it. */
export class RefusedInARow {
  readonly #running: TurnProcess;
  #inARow = 0;

  constructor(running: TurnProcess) {
    this.#running = running;
  }

  add(): void {
    this.#inARow += 1;
    if (this.#inARow >= MAX_REFUSED)
      this.#running.end('failed', `${MAX_REFUSED} requests of the agent in a row were refused`);
  }

  forget(): void {
    this.#inARow = 0;
  }
}

export type AskedOf = {
  turn: Pick<Turn, 'workspace' | 'sandbox' | 'isReadOnly'>;
  running: TurnProcess;
  /** Cancelled or ended: nothing begins after it. */
  isOver(): boolean;
  session: TurnSession;
  telling: Telling;
  /** The server of its directives. */
  tools: ToolServer;
  /** What this agent is known to do through its runner. */
  through: Through;
  refusals: RefusedInARow;
  /** Of what came as requests: bytes of files, and texts of commands that say all of what runs. */
  approved: ApprovedOnce<Written>;
  commands: ApprovedOnce<string>;
  /** The session of the agent that is spoken with, once there is one. */
  id(): string | null;
  /** What was begun is waited for when the turn ends. */
  doing<T>(work: Promise<T>): Promise<T>;
};
const workspaceOf = ({ turn, isOver }: AskedOf): FilesOfTurn => ({
  root: turn.workspace,
  account: turn.sandbox === 'bwrap' ? engineAccount() : undefined,
  beforeStep: () => {
    if (isOver()) throw new FileRefused('the turn is over');
  },
});

const NOTHING_WRITTEN = 'nothing is written in this turn';
const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };
const selected = (optionId: string): RequestPermissionResponse => ({
  outcome: { outcome: 'selected', optionId },
});

type Asked = z.output<typeof permissionAsked>;

/** `option`: of what the agent offers, the one that is allowed; null where none is. */
type Outcome = { option: string | null; why: string };

/** Answers each request by the policy of the node and what people decide. */
export const permissions = (all: AskedOf) => {
  const { isOver, session, telling, tools, through, refusals, approved, commands, id } = all;
  const refuse = (): void => refusals.add();
  const outcomeOf = async (
    asked: Asked,
    { title, bound: said, isRun, isBare }: ReturnType<typeof bindCall>,
    taken: AbortSignal,
  ): Promise<Outcome> => {
    const { sessionId, options, toolCall } = asked;
    if (sessionId !== id()) return { option: null, why: 'it asks for another session' };
    const choice = allowOnce(options);
    // Nobody is asked for what cannot be answered
    if ('why' in choice) return { option: null, why: choice.why };
    const { option } = choice;
    // The runner judges each by the routes when it comes
    const known = telling.callOf(toolCall.toolCallId)?.title;
    if (asksForTool(tools.name, asked, said, known)) return { option: option.id, why: 'a directive' };
    const isSaidWrite = said.operation === 'file.write';
    if (isSaidWrite && all.turn.isReadOnly) return { option: null, why: NOTHING_WRITTEN };
    const bound = isSaidWrite ? await placedWrite(all.turn.workspace, toolCall, said) : said;
    const isWrite = bound.operation === 'file.write';
    const write = isWrite ? await writeAsked(workspaceOf(all), toolCall, title) : null;
    const isThrough = isWrite ? through.files : through.terminals && isRun;
    const isAway = isSaidWrite && !isWrite;
    const answer = await session.ask(
      { ...bound, ...write, option, isThrough, ...(isAway && { isAway }) },
      taken,
    );
    const isApproved = answer.decision === 'approved';
    if (write?.written) approved.add(write.written, answer);
    if (!isWrite && bound.command !== null && isBare) commands.add(bound.command, answer);
    return { option: isApproved ? option.id : null, why: answer.reason };
  };
  const answer = async (asked: Asked, taken: AbortSignal): Promise<RequestPermissionResponse> => {
    const { toolCall } = asked;
    const call = bindCall(toolCall, telling.callOf(toolCall.toolCallId));
    if (isOver()) return CANCELLED;
    const { option, why } = await outcomeOf(asked, call, taken);
    // Meanwhile: nothing begins after it
    if (isOver() || taken.aborted) return CANCELLED;
    telling.line(answerLine(call.title, `${option === null ? 'refused' : 'allowed once'}, ${why}`));
    if (option !== null) {
      refusals.forget();
      return selected(option);
    }
    refuse();
    const rejection = rejectOnce(asked.options);
    return rejection === null ? CANCELLED : selected(rejection);
  };
  return async (params: unknown, taken: AbortSignal): Promise<RequestPermissionResponse> => {
    const read = readShape(permissionAsked, params);
    if (read.success) return answer(read.data, taken);
    refuse();
    throw new Error('the request has not the form of one');
  };
};

/** Of the session of this turn, or refused. */
export const askedInTurn = <S extends z.ZodType>(shape: S, { id }: AskedOf, params: unknown): z.output<S> => {
  const read = readShape(shape, params);
  if (!read.success) throw new Error('the request has not the form of one');
  const { sessionId } = read.data as { sessionId: string };
  if (sessionId !== id()) throw new Error('that is not the session of this turn');
  return read.data;
};

/** Files of the workspace, whose owner where the engine runs fenced is its account. */
export const files = (asked: AskedOf) => {
  const { isOver, telling, session, refusals, approved, doing } = asked;
  const workspace = workspaceOf(asked);
  /** Its bytes were approved at a request, and not written yet; or they are asked about now. */
  const permit = async (
    { path, content }: z.output<typeof fileWritten>,
    taken: AbortSignal,
  ): Promise<void> => {
    // Nobody is asked for what is kept nowhere
    if (asked.turn.isReadOnly) throw new FileRefused(NOTHING_WRITTEN);
    const write = await boundWrite(workspace, path, content);
    if (isOver()) throw new FileRefused('the turn is over');
    const { written } = write;
    if (written !== null && (await approved.take((one) => isSameWrite(one, written)))) return;
    const { decision, reason } = await session.ask({ ...write, option: null }, taken);
    if (isOver() || taken.aborted) throw new FileRefused('the turn is over');
    if (decision === 'approved') return refusals.forget();
    telling.line(answerLine(write.words, `refused, ${reason}`));
    refusals.add();
    throw new FileRefused(`it was not approved: ${reason}`);
  };
  return {
    read: async (params: unknown): Promise<{ content: string }> => {
      const { path, line, limit } = askedInTurn(fileRead, asked, params);
      return doing(
        readWorkspaceText(workspace, path).then((text) => ({ content: partOfText(text, line, limit) })),
      );
    },
    write: async (params: unknown, taken: AbortSignal): Promise<Record<string, never>> => {
      const wanted = askedInTurn(fileWritten, asked, params);
      const { path, content } = wanted;
      await permit(wanted, taken);
      const size = await doing(writeWorkspaceText(workspace, path, content));
      telling.line(writtenLine(path, size));
      return {};
    },
  };
};
