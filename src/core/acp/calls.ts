/** The tool calls of a turn: what is told of one is put together by its id. */
import { MAX_ASKED } from '../bounds.ts';
import { fromUtf8, utf8 } from '../encoding/bytes.ts';
import { cutText } from '../encoding/cut.ts';
import type { AgentCall } from './shapes.ts';

export type Call = { title: string; kind: string; status: string };
export type Calls = ReadonlyMap<string, Call>;

/** An agent that makes ids without end is not remembered without end. */
const REMEMBERED = 256;
/** Longer than may be asked about, so that a request with a title that was cut binds nothing less: it is refused. */
const TITLE = MAX_ASKED + 2;

/** A text of its own: a part of one keeps the whole in memory. */
const keptTitle = (title: string): string =>
  title.length <= TITLE ? title : fromUtf8(utf8(cutText(title, TITLE)));

/** The call as it is now, and all of them; `isNews` where one would tell a person of it. */
export const upsertCall = (
  calls: Calls,
  { toolCallId: id, title, kind, status }: AgentCall,
): { calls: Calls; call: Call; isNews: boolean } => {
  const before = calls.get(id);
  const call = {
    title: title == null ? (before?.title ?? 'a call without a title') : keptTitle(title),
    kind: kind ?? before?.kind ?? 'other',
    status: status ?? before?.status ?? 'pending',
  };
  const isNews = before?.title !== call.title || before.status !== call.status;
  const rest = [...calls].filter(([other]) => other !== id).slice(1 - REMEMBERED);
  return { calls: new Map([...rest, [id, call]]), call, isNews };
};
