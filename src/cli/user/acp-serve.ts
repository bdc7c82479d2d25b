/** A person's node as an agent of the Agent Client Protocol, version 1, for an editor at the other end of two streams. */
import type { Readable, Writable } from 'node:stream';
import type { AgentCapabilities, RequestError } from '@agentclientprotocol/sdk';
import { EDITOR, messagesOf } from '../../adapters/engines/acp/messages.ts';
import { initializeAsked } from '../../core/acp/editor.ts';
import { sanitize } from '../../core/encoding/sanitize.ts';
import { EntangleError } from '../../core/errors.ts';
import { EditorSessions, readAsked } from '../../services/user/editor-sessions.ts';
import type { User } from '../../services/user/user.ts';
import { failureOf } from '../kit/report.ts';
import { linksIn } from './acp-files.ts';

const VERSION = 1;
/** What is not here is not offered: images, sounds, servers of tools, a way to log in. */
const CAPABILITIES: AgentCapabilities = {
  loadSession: true,
  promptCapabilities: { image: false, audio: false, embeddedContext: true },
  mcpCapabilities: { http: false, sse: false },
  sessionCapabilities: { list: {}, resume: {}, close: {} },
};

export type EditorEnd = { from: Readable; to: Writable };
type ServeOptions = {
  /** The node of all tasks; null: the only one, or one that is chosen in the editor. */
  to: string | null;
  /** Directory of keys and ledgers, of which nothing is given away. */
  home: string;
  directory: string;
  version: string;
  signal: AbortSignal;
};

/** Only here: no other command needs it. */
type Sdk = typeof import('@agentclientprotocol/sdk');

const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;
const OF_EDITOR: ReadonlySet<string> = new Set(['usage', 'not_found', 'invalid']);
/** In the words of a command. */
const rpcError = ({ RequestError }: Sdk, error: unknown): RequestError => {
  const { code, message, hint } = failureOf(error);
  const words = hint === undefined ? message : `${message} (${hint})`;
  const number = OF_EDITOR.has(code) ? INVALID_PARAMS : INTERNAL_ERROR;
  return new RequestError(number, sanitize(words, undefined, { multiline: true }), { code });
};

/** `taken` aborts where the editor takes its request back. */
type Work = (params: unknown, taken: AbortSignal) => unknown;

/** Resolves when the editor is gone, or `signal` aborts: what runs goes on without it. Refuses what is no message of the protocol. */
export const serveEditor = async (
  user: User,
  { from, to }: EditorEnd,
  { home, version, signal, ...options }: ServeOptions,
): Promise<void> => {
  const sdk: Sdk = await import('@agentclientprotocol/sdk');
  const gone = new AbortController();
  let trouble: string | null = null;
  const sessions = new EditorSessions(user, {
    ...options,
    linksIn: linksIn(home),
    tell: (sessionId, update) => connection.client.notify('session/update', { sessionId, update }),
    signal: gone.signal,
  });
  let isBegun = false;
  const initialize = (params: unknown) => {
    readAsked(initializeAsked, params, 'initialize');
    isBegun = true;
    const agentInfo = { name: 'entangle', title: 'entangle', version };
    return { protocolVersion: VERSION, agentCapabilities: CAPABILITIES, authMethods: [], agentInfo };
  };
  const answer =
    (work: Work) =>
    async ({ params, signal: taken }: { params: unknown; signal: AbortSignal }) => {
      try {
        return await work(params, taken);
      } catch (error) {
        throw error instanceof sdk.RequestError ? error : rpcError(sdk, error);
      }
    };
  /** Whose parameters the library does not read it lets through before it is initialized, too. */
  const begun = (work: Work) =>
    answer((params, taken) => {
      if (!isBegun) throw sdk.RequestError.invalidRequest(undefined, 'initialize comes first');
      return work(params, taken);
    });
  const asIs = (params: unknown): unknown => params;
  const app = sdk.agent({ name: 'entangle' }).onRequest('initialize', asIs, answer(initialize));
  const asked: Readonly<Record<string, Work>> = {
    'session/new': (params) => sessions.create(params),
    'session/load': (params) => sessions.load(params),
    'session/resume': (params) => sessions.resume(params),
    'session/close': (params) => sessions.close(params),
    'session/list': (params) => sessions.list(params),
    'session/set_config_option': (params) => sessions.choose(params),
    'session/prompt': (params, taken) => sessions.prompt(params, taken),
  };
  for (const [method, work] of Object.entries(asked)) app.onRequest(method, asIs, begun(work));
  app.onNotification('session/cancel', asIs, ({ params }) => sessions.cancel(params));
  const onTrouble = (words: string): void => {
    trouble = words;
  };
  const connection = app.connect(messagesOf({ from, to }, { trouble: onTrouble }, EDITOR));
  // Before its requests are: an editor that is gone took none of them back
  connection.signal.addEventListener('abort', () => gone.abort());
  signal.addEventListener('abort', () => connection.close());
  // Or while the home was opened
  if (signal.aborted) connection.close();
  await connection.closed;
  if (trouble !== null)
    throw new EntangleError('invalid', trouble, { hint: 'see version 1 of the Agent Client Protocol' });
};
