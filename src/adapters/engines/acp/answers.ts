/** What an agent asks of its runner during a turn: whether it may, and for files of its workspace. */
import type { RequestPermissionResponse } from '@agentclientprotocol/sdk';
import type * as z from 'zod';
import { allowOnce, rejectOnce } from '../../../core/acp/options.ts';
import { fileRead, fileWritten, permissionAsked } from '../../../core/acp/shapes.ts';
import { answerLine, writtenLine } from '../../../core/acp/told.ts';
import { MAX_REFUSED } from '../../../core/bounds.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { Turn, TurnSession } from '../../../ports/index.ts';
import { engineAccount } from '../account.ts';
import type { TurnProcess } from '../turn-process.ts';
import { partOfText, readWorkspaceText, writeWorkspaceText } from './files.ts';
import type { Telling } from './telling.ts';

export type AskedOf = {
  turn: Pick<Turn, 'workspace' | 'sandbox'>;
  running: TurnProcess;
  session: TurnSession;
  telling: Telling;
  /** The session of the agent that is spoken with, once there is one. */
  id(): string | null;
};

const CANCELLED: RequestPermissionResponse = { outcome: { outcome: 'cancelled' } };
const selected = (optionId: string): RequestPermissionResponse => ({
  outcome: { outcome: 'selected', optionId },
});

/** Answers one request after the other by the policy of the node; so many refusals in a row end the turn. */
export const permissions = ({ running, session, telling, id }: AskedOf) => {
  let refused = 0;
  const answer = async (asked: z.output<typeof permissionAsked>): Promise<RequestPermissionResponse> => {
    const { options, toolCall, sessionId } = asked;
    const title = toolCall.title ?? 'something without a title';
    const permission = await session.ask({ operation: 'command.run', shown: title });
    // The turn may have ended meanwhile: nothing begins after it
    if (running.stop !== undefined) return CANCELLED;
    const choice = sessionId === id() ? allowOnce(options) : { why: 'it asks for another session' };
    const why = permission.decision === 'rejected' ? permission.reason : 'why' in choice ? choice.why : null;
    if (why === null && 'optionId' in choice) {
      refused = 0;
      telling.line(answerLine(title, `allowed once, ${permission.reason}`));
      return selected(choice.optionId);
    }
    telling.line(answerLine(title, `refused, ${why}`));
    refused += 1;
    if (refused >= MAX_REFUSED)
      running.end('failed', `${MAX_REFUSED} requests of the agent in a row were refused`);
    const rejection = rejectOnce(options);
    return rejection === null ? CANCELLED : selected(rejection);
  };
  return async (params: unknown): Promise<RequestPermissionResponse> => {
    const read = readShape(permissionAsked, params);
    if (!read.success) throw new Error('the request has not the form of one');
    return answer(read.data);
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
  const { turn, running, telling } = asked;
  const account = turn.sandbox === 'bwrap' ? engineAccount() : undefined;
  const workspace = { root: turn.workspace, account };
  return {
    read: async (params: unknown): Promise<{ content: string }> => {
      const { path, line, limit } = requireFit(fileRead, asked, params);
      return { content: partOfText(await readWorkspaceText(workspace, path), line, limit) };
    },
    write: async (params: unknown): Promise<Record<string, never>> => {
      const { path, content } = requireFit(fileWritten, asked, params);
      if (running.stop !== undefined) throw new Error('the turn is over');
      const size = await writeWorkspaceText(workspace, path, content);
      telling.line(writtenLine(path, size));
      return {};
    },
  };
};
