/**
 * What an editor shows of a session, as updates of its protocol. An editor reads Markdown: what a node says stands in quotes, line
 * by line, and what this program says stands in none, so that no node speaks in its name.
 */
import type { SessionUpdate } from '@agentclientprotocol/sdk';
import { readToldLine, type ToldLine } from '../../core/acp/read-told.ts';
import type { CallState } from '../../core/acp/words.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';

/** In an image, a tag or an address between brackets an editor would fetch something, or hide it. */
const FETCHED = /(?<=!)(?=\[)|(?<!\\)\\*(?=<[a-z/!?])/gi;
const LONGEST = 4_000;

/** Words of somebody else: a backslash that is escaped itself escapes nothing, so they are counted. */
const inert = (text: string): string =>
  sanitize(text, LONGEST).replace(FETCHED, (before) => (before.length % 2 === 0 ? `${before}\\` : before));

/** A line of somebody else's, with the break that Markdown would take out. */
export const quotedLine = (line: string): string => `> ${inert(line)}  \n`;

type Call = Extract<ToldLine, { is: 'call' }>;
/** Calls that are remembered as not over yet. */
const OPEN_CALLS = 256;
const ENDED = new Set<CallState>(['completed', 'failed']);

export class EditorVoice {
  #isQuoting = false;
  /** By what is called: the id under which the editor knows it. */
  readonly #calls = new Map<string, string>();

  /** Of this program. Lines of others in it are already quoted. */
  said(text: string): SessionUpdate {
    const before = this.#isQuoting ? '\n' : '';
    this.#isQuoting = false;
    return chunk('agent_message_chunk', `${before}${text.trimEnd()}\n\n`);
  }

  quoted(text: string): SessionUpdate {
    this.#isQuoting = true;
    return chunk('agent_message_chunk', text.split('\n').map(quotedLine).join(''));
  }

  /** A line of a trace. `id`: that of its row. */
  printed(id: string, line: string): SessionUpdate {
    const told = readToldLine(line);
    if (told.is === 'call') return this.#called(id, told);
    if (told.is === 'thought') return chunk('agent_thought_chunk', quotedLine(told.text));
    if (told.is === 'plan') {
      const entries = told.entries.map(({ content, status }) => {
        return { content: inert(content), status, priority: 'medium' as const };
      });
      return { sessionUpdate: 'plan', entries };
    }
    if (told.is !== 'usage') return this.quoted(told.text);
    const { used, size, cost } = told;
    const price = cost && { ...cost, currency: sanitize(cost.currency) };
    return { sessionUpdate: 'usage_update', used, size, cost: price };
  }

  /** One that was begun and is not over goes on under its id; the same again is another. */
  #called(id: string, { title, kind, status }: Call): SessionUpdate {
    const key = `${kind} ${title}`;
    const known = this.#calls.get(key);
    if (ENDED.has(status)) this.#calls.delete(key);
    else this.#calls.set(key, known ?? id);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > OPEN_CALLS) this.#calls.delete(oldest!);
    if (known !== undefined) return { sessionUpdate: 'tool_call_update', toolCallId: known, status };
    return { sessionUpdate: 'tool_call', toolCallId: id, title: inert(title), kind, status };
  }
}

const chunk = (
  sessionUpdate: 'agent_message_chunk' | 'agent_thought_chunk' | 'user_message_chunk',
  text: string,
): SessionUpdate => ({ sessionUpdate, content: { type: 'text', text } });

/** What this person asked, as it was signed. */
export const askedBefore = (task: string): SessionUpdate =>
  chunk('user_message_chunk', sanitize(task, undefined, { multiline: true }));
