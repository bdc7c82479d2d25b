/** The tool calls of a turn: what is told of one is put together by its id. */
import type { AgentCall } from './shapes.ts';

export type Call = { title: string; kind: string; status: string };
export type Calls = ReadonlyMap<string, Call>;

/** An agent that makes ids without end is not remembered without end. */
const REMEMBERED = 256;

/** The call as it is now, and all of them; `isNews` where one would tell a person of it. */
export const upsertCall = (
  calls: Calls,
  { toolCallId: id, title, kind, status }: AgentCall,
): { calls: Calls; call: Call; isNews: boolean } => {
  const before = calls.get(id);
  const call = {
    title: title ?? before?.title ?? 'a call without a title',
    kind: kind ?? before?.kind ?? 'other',
    status: status ?? before?.status ?? 'pending',
  };
  const isNews = before?.title !== call.title || before.status !== call.status;
  const rest = [...calls].filter(([other]) => other !== id).slice(1 - REMEMBERED);
  return { calls: new Map([...rest, [id, call]]), call, isNews };
};
