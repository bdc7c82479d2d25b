/** What a line of a turn's trace tells: `told.ts` read backwards. Any engine can print such a line; it is a claim, as all it prints is. */
import { isWord } from '../encoding/grammar.ts';
import {
  CALL_STATES,
  type CallState,
  PLAN_STATES,
  type PlanState,
  TOOL_KINDS,
  type ToolKind,
} from './words.ts';

export type ToldLine =
  | { is: 'text' | 'thought'; text: string }
  | { is: 'call'; title: string; kind: ToolKind; status: CallState }
  | { is: 'plan'; entries: { content: string; status: PlanState }[] }
  | { is: 'usage'; used: number; size: number; cost: { amount: number; currency: string } | null };

const THOUGHT = 'thinks: ';
const CALL = /^call: (.+) \(([^()]*)\): ([^()]*)$/;
const PLAN = 'plan: ';
const ENTRY = new RegExp(`(.+?) \\((${PLAN_STATES.join('|')})\\)(?:; |$)`, 'y');
const USAGE = /^usage: (\d{1,15}) of (\d{1,15}) tokens(?:, (\d{1,15}(?:\.\d{1,15})?) (\S{1,16}))?$/;

/** Null where something of it is no entry: then it is no plan. */
const entriesOf = (text: string): { content: string; status: PlanState }[] | null => {
  const entries: { content: string; status: PlanState }[] = [];
  ENTRY.lastIndex = 0;
  for (let at = 0; at < text.length; at = ENTRY.lastIndex) {
    const [, content = '', status = ''] = ENTRY.exec(text) ?? [];
    if (!isWord(PLAN_STATES, status)) return null;
    entries.push({ content, status });
  }
  return entries.length > 0 ? entries : null;
};

export const readToldLine = (line: string): ToldLine => {
  if (line.startsWith(THOUGHT)) return { is: 'thought', text: line.slice(THOUGHT.length) };
  const [, title, kind = '', status = ''] = CALL.exec(line) ?? [];
  if (title !== undefined && isWord(CALL_STATES, status))
    return { is: 'call', title, kind: isWord(TOOL_KINDS, kind) ? kind : 'other', status };
  const entries = line.startsWith(PLAN) ? entriesOf(line.slice(PLAN.length)) : null;
  if (entries !== null) return { is: 'plan', entries };
  const [, used, size, amount, currency] = USAGE.exec(line) ?? [];
  if (used === undefined) return { is: 'text', text: line };
  const cost = currency === undefined ? null : { amount: Number(amount), currency };
  return { is: 'usage', used: Number(used), size: Number(size), cost };
};
