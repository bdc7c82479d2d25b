/** The sessions of one editor: made, found again, prompted; as many as one process keeps. */
import type {
  ListSessionsResponse,
  NewSessionResponse,
  PromptResponse,
  SessionConfigOption,
  SessionUpdate,
  SetSessionConfigOptionResponse,
} from '@agentclientprotocol/sdk';
import type * as z from 'zod';
import {
  optionSet,
  prompted,
  sessionLoaded,
  sessionsListed,
  sessionWanted,
  turnCancelled,
} from '../../core/acp/editor.ts';
import { MAX_EDITOR } from '../../core/bounds.ts';
import { readShape } from '../../core/encoding/read-shape.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { isoTime } from '../../core/encoding/time.ts';
import { EntangleError } from '../../core/errors.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { agentsNow, onlyAgent } from './agents.ts';
import { newSessionId } from './ask.ts';
import { type OpenLink, readPrompt } from './editor-prompt.ts';
import { EditorSession } from './editor-session.ts';
import { askedBefore, EditorVoice } from './editor-voice.ts';
import { nameOf } from './peers.ts';
import { taskOfSession } from './shown-task.ts';
import { traceSession } from './trace.ts';
import type { User } from './user.ts';

type EditorOptions = {
  /** The node of all sessions; null: the only one there is, or one that is chosen. */
  to: string | null;
  /** Where this program was started. */
  directory: string;
  /** Files that a prompt names, of a session in this directory. */
  linksIn: (cwd: string) => OpenLink;
  tell: (sessionId: string, update: SessionUpdate) => Promise<void>;
  /** Aborts when the editor is gone. */
  signal: AbortSignal;
};
type Kept = { session: EditorSession; open: OpenLink; stop: AbortController };

const PAGE = 50;
const OPTION = 'node';
/** No name of a node. */
const UNCHOSEN = '-';

export const readAsked = <S extends z.ZodType>(shape: S, params: unknown, what: string): z.output<S> => {
  const { data } = readShape(shape, params);
  if (data === undefined)
    throw new EntangleError('usage', `what was sent has not the form of ${what}`, {
      hint: 'see version 1 of the Agent Client Protocol',
    });
  return data;
};

export class EditorSessions {
  readonly #user: User;
  readonly #options: EditorOptions;
  /** The one that was used last stands last. */
  readonly #kept = new Map<string, Kept>();
  #hasToldOfServers = false;

  constructor(user: User, options: EditorOptions) {
    this.#user = user;
    this.#options = options;
  }

  async create(params: unknown): Promise<NewSessionResponse> {
    const { cwd, mcpServers = [] } = readAsked(sessionWanted, params, 'session/new');
    if (mcpServers.length > 0) this.#tellOfServers();
    const open = this.#options.linksIn(cwd);
    const agents = await agentsNow(this.#user);
    const node = await this.#nodeFor(agents);
    const sessionId = newSessionId(this.#user.home);
    this.#keep(sessionId, node, open);
    return { sessionId, ...(node === null ? { configOptions: choices(agents, null) } : {}) };
  }

  /** Tells what was signed in it, and goes on where it is. */
  async load(params: unknown): Promise<Record<string, never>> {
    const { row, session } = this.#open(params, 'session/load');
    for (const update of await this.#past(row)) await this.#options.tell(row.id, update);
    await session.goOn(row.id);
    return {};
  }

  /** Goes on where it is, and tells what comes from now on. */
  resume(params: unknown): Record<string, never> {
    const { row, session } = this.#open(params, 'session/resume');
    session.resume(row.id);
    return {};
  }

  /** Ends what a cancel would end, and lets it go: what else is under way goes on, and it can be loaded again. */
  async close(params: unknown): Promise<Record<string, never>> {
    const { sessionId } = readAsked(turnCancelled, params, 'session/close');
    const { session, stop } = this.#find(sessionId);
    this.#kept.delete(sessionId);
    stop.abort();
    await session.close();
    return {};
  }

  #open(params: unknown, method: string): { row: RowOf<'sessions'>; session: EditorSession } {
    const { cwd, sessionId } = readAsked(sessionLoaded, params, method);
    const { home } = this.#user;
    const row = home.tables.get('sessions', sessionId);
    if (row === undefined || row.requester !== home.self.pubkey) throw unknown(sessionId);
    const open = this.#options.linksIn(cwd);
    const before = this.#kept.get(sessionId);
    if (before?.session.isBusy)
      throw new EntangleError('conflict', 'a prompt of this session is not over yet', {
        hint: 'wait for it, or cancel it',
      });
    before?.stop.abort();
    this.#kept.delete(sessionId);
    return { row, session: this.#keep(sessionId, nameOf(home, row.node), open) };
  }

  list(params: unknown): ListSessionsResponse {
    const { cwd, cursor } = readAsked(sessionsListed, params ?? {}, 'session/list');
    const { home } = this.#user;
    const after = Number(cursor ?? Number.NaN);
    const rows = home.tables.list(
      'sessions',
      {},
      {
        ...({ order: 'line', descending: true, limit: PAGE + 1 } as const),
        ...(Number.isSafeInteger(after) ? { after } : {}),
      },
    );
    const page = rows.slice(0, PAGE);
    return {
      sessions: page
        .filter(({ requester }) => requester === home.self.pubkey)
        .map(({ id, title, at }) => ({
          sessionId: id,
          // A task is of no directory: it is loaded where it is asked for
          cwd: cwd ?? this.#options.directory,
          title: sanitize(title),
          updatedAt: isoTime(at * 1000),
        })),
      ...(rows.length > PAGE ? { nextCursor: `${page.at(-1)!.line}` } : {}),
    };
  }

  async choose(params: unknown): Promise<SetSessionConfigOptionResponse> {
    const { sessionId, configId, value } = readAsked(optionSet, params, 'session/set_config_option');
    const { session } = this.#find(sessionId);
    const agents = await agentsNow(this.#user);
    if (configId !== OPTION || !agents.includes(value))
      throw new EntangleError('not_found', `no ${OPTION} "${value}" takes tasks from you`, {
        hint: `choose one of these: ${agents.join(', ')}`,
      });
    session.node = value;
    return { configOptions: choices(agents, value) };
  }

  /** `signal` aborts where the editor takes its request back. */
  async prompt(params: unknown, signal: AbortSignal): Promise<PromptResponse> {
    const { sessionId, prompt } = readAsked(prompted, params, 'session/prompt');
    const kept = this.#find(sessionId);
    this.#kept.delete(sessionId);
    this.#kept.set(sessionId, kept);
    const { session, open } = kept;
    const text = await readPrompt(prompt, open);
    // Closed while its files were read
    if (kept.stop.signal.aborted) return { stopReason: 'cancelled' };
    const stop = () => {
      if (!this.#options.signal.aborted) void session.cancel().catch(() => undefined);
    };
    signal.addEventListener('abort', stop);
    try {
      return { stopReason: await session.prompt(text, sessionId) };
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** Of a session that is not here there is nothing to cancel, and nobody waits for an answer. */
  async cancel(params: unknown): Promise<void> {
    const { data } = readShape(turnCancelled, params);
    await (data && this.#kept.get(data.sessionId))?.session.cancel();
  }

  /** What an editor offers of them is offered to every agent: that it does nothing here is no error. */
  #tellOfServers(): void {
    if (this.#hasToldOfServers) return;
    this.#hasToldOfServers = true;
    this.#user.home.log(
      'warning',
      'the tool servers of this editor are not passed on: nodes run on machines of their own, with tools of their own',
    );
  }

  #find(sessionId: string): Kept {
    const kept = this.#kept.get(sessionId);
    if (kept === undefined) throw unknown(sessionId);
    return kept;
  }

  /** The longest unused goes where there are too many: it can be loaded again. */
  #keep(sessionId: string, node: string | null, open: OpenLink): EditorSession {
    const oldest = [...this.#kept].find(([, { session }]) => session.isAtRest);
    if (this.#kept.size >= MAX_EDITOR.sessions && oldest === undefined)
      throw new EntangleError('unavailable', `${MAX_EDITOR.sessions} sessions of this editor are at work`, {
        hint: 'wait until one of them is over',
      });
    if (this.#kept.size >= MAX_EDITOR.sessions) this.#kept.delete(oldest![0]);
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    const tell = (update: SessionUpdate) => this.#options.tell(sessionId, update);
    const session = new EditorSession(this.#user, node, { tell, signal });
    this.#kept.set(sessionId, { session, open, stop });
    return session;
  }

  async #nodeFor(agents: readonly string[]): Promise<string | null> {
    const { to } = this.#options;
    if (to !== null && !agents.includes(to))
      throw new EntangleError('not_found', `no node "${to}" takes tasks from you`, {
        hint: `choose one of these with --to: ${agents.join(', ') || 'none does'}`,
      });
    return to ?? (agents.length > 1 ? null : await onlyAgent(this.#user));
  }

  async #past(row: RowOf<'sessions'>): Promise<SessionUpdate[]> {
    const voice = new EditorVoice();
    const { task } = await taskOfSession(this.#user, row);
    const signed: string[] = [];
    await traceSession(this.#user, row.id, { follow: false, signal: this.#options.signal }, (one) => {
      if (one.is === 'signed') signed.push(`${one.signer} ${one.type}${one.detail ? `: ${one.detail}` : ''}`);
    });
    return [askedBefore(task ?? row.title), voice.said('Signed so far:'), voice.quoted(signed.join('\n'))];
  }
}

const unknown = (sessionId: string): EntangleError =>
  new EntangleError('not_found', `no session "${sessionId}" here`, {
    hint: 'start a new one, or load one that the list has',
  });

const choices = (agents: readonly string[], chosen: string | null): SessionConfigOption[] => [
  {
    ...{ type: 'select', id: OPTION, name: 'Node', description: 'who gets the next task' },
    currentValue: chosen ?? UNCHOSEN,
    options: [
      ...(chosen === null ? [{ value: UNCHOSEN, name: 'choose a node' }] : []),
      ...agents.map((name) => ({ value: name, name })),
    ],
  },
];
