/** What an agent asks of its runner during a turn: whether it may, and for files of its workspace. */
import type { RequestPermissionResponse } from '@agentclientprotocol/sdk';
import type * as z from 'zod';
import { type BoundCall, bindCall } from '../../../core/acp/binding.ts';
import { allowOnce, rejectOnce } from '../../../core/acp/options.ts';
import { fileRead, fileWritten, permissionAsked } from '../../../core/acp/shapes.ts';
import { answerLine, writtenLine } from '../../../core/acp/told.ts';
import { asksForTool } from '../../../core/acp/tools.ts';
import { MAX_REFUSED } from '../../../core/bounds.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { Turn, TurnSession } from '../../../ports/index.ts';
import { engineAccount } from '../account.ts';
import type { TurnProcess } from '../turn-process.ts';
import { FileRefused, partOfText, readWorkspaceText, writeWorkspaceText } from './files.ts';
import type { Telling } from './telling.ts';
import type { ToolServer } from './tools.ts';

export type AskedOf = {
  turn: Pick<Turn, 'workspace' | 'sandbox'>;
  running: TurnProcess;
  /** Cancelled or ended: nothing begins after it. */
  isOver(): boolean;
  session: TurnSession;
  telling: Telling;
  /** The server of its directives. */
  tools: ToolServer;
  /** The session of the agent that is spoken with, once there is one. */
  id(): string | null;
};

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };
const selected = (optionId: string): RequestPermissionResponse => ({
  outcome: { outcome: 'selected', optionId },
});

type Asked = z.output<typeof permissionAsked>;

/** `option`: of what the agent offers, the one that is allowed; null where none is. */
type Outcome = { option: string | null; why: string };

/** Answers each request by the policy of the node and what people decide; so many refusals in a row end the turn. */
export const permissions = ({ running, isOver, session, telling, tools, id }: AskedOf) => {
  let refused = 0;
  const refuse = (): void => {
    refused += 1;
    if (refused >= MAX_REFUSED)
      running.end('failed', `${MAX_REFUSED} requests of the agent in a row were refused`);
  };
  const outcomeOf = async (
    { sessionId, options, toolCall }: Asked,
    bound: BoundCall,
    taken: AbortSignal,
  ): Promise<Outcome> => {
    if (sessionId !== id()) return { option: null, why: 'it asks for another session' };
    const choice = allowOnce(options);
    // Nobody is asked for what cannot be answered
    if ('why' in choice) return { option: null, why: choice.why };
    const { option } = choice;
    // The runner judges each by the routes when it comes
    if (asksForTool(tools.name, toolCall, bound)) return { option: option.id, why: 'a directive' };
    const { decision, reason: why } = await session.ask({ ...bound, option }, taken);
    return { option: decision === 'approved' ? option.id : null, why };
  };
  const answer = async (asked: Asked, taken: AbortSignal): Promise<RequestPermissionResponse> => {
    const { toolCall } = asked;
    const { title, bound } = bindCall(toolCall, telling.callOf(toolCall.toolCallId));
    if (isOver()) return CANCELLED;
    const { option, why } = await outcomeOf(asked, bound, taken);
    // Meanwhile: nothing begins after it
    if (isOver() || taken.aborted) return CANCELLED;
    telling.line(answerLine(title, `${option === null ? 'refused' : 'allowed once'}, ${why}`));
    if (option !== null) {
      refused = 0;
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

const requireFit = <S extends z.ZodType>(shape: S, { id }: AskedOf, params: unknown): z.output<S> => {
  const read = readShape(shape, params);
  if (!read.success) throw new Error('the request has not the form of one');
  const { sessionId } = read.data as { sessionId: string };
  if (sessionId !== id()) throw new Error('that is not the session of this turn');
  return read.data;
};

/** Files of the workspace, whose owner where the engine runs fenced is its account. */
export const files = (asked: AskedOf) => {
  const { turn, isOver, telling } = asked;
  const account = turn.sandbox === 'bwrap' ? engineAccount() : undefined;
  const requireTurn = (): void => {
    if (isOver()) throw new FileRefused('the turn is over');
  };
  const workspace = { root: turn.workspace, account, beforeStep: requireTurn };
  return {
    read: async (params: unknown): Promise<{ content: string }> => {
      const { path, line, limit } = requireFit(fileRead, asked, params);
      return { content: partOfText(await readWorkspaceText(workspace, path), line, limit) };
    },
    write: async (params: unknown): Promise<Record<string, never>> => {
      const { path, content } = requireFit(fileWritten, asked, params);
      const size = await writeWorkspaceText(workspace, path, content);
      telling.line(writtenLine(path, size));
      return {};
    },
  };
};
