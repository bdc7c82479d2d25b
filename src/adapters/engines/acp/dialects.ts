/** The versions of the Agent Client Protocol that a runner speaks: what differs between them, one row each. The second is a draft. */
import type { Stream } from '@agentclientprotocol/sdk';
import type * as z from 'zod';
import {
  DraftEnd,
  DraftUpdates,
  draftAcknowledged,
  draftInitialized,
  draftOptions,
  draftPermission,
  draftSessionGoesOn,
  draftSessionMade,
} from '../../../core/acp/draft.ts';
import {
  initialized,
  type SessionMade,
  sessionGoesOn,
  sessionMade,
  turnStopped,
} from '../../../core/acp/shapes.ts';
import { readShape } from '../../../core/encoding/read-shape.ts';
import type { Through } from './known-agents.ts';
import type { ToolServer } from './tools.ts';

/** `answered` as soon as the answer is here, before anything that came behind it is looked at. */
export type AskAgent = <S extends z.ZodType>(
  method: string,
  params: object,
  shape: S,
  answered?: () => void,
) => Promise<z.output<S>>;
/** What an agent asks, as it came; `signal` when it takes that back. */
type Handlers = Readonly<Record<string, (params: unknown, signal: AbortSignal) => unknown>>;
export type Wire = {
  request(method: string, params: object): Promise<unknown>;
  cancel(sessionId: string): Promise<void>;
};
/** Its library: no command loads one before a turn of that version begins. */
type Library = {
  connect(stream: Stream, handlers: Handlers): Wire;
  /** Of the codes that JSON-RPC leaves to who implements it; agents tell their model the message, and not what stands beside it. */
  refusal(words: string): Error;
};

type Update = { sessionUpdate: string; [member: string]: unknown };
type Able = {
  /** How it lets a session of an earlier process go on; null where it does not. Nothing is told again by `session/resume`. */
  goesOn: string | null;
  servers: object[];
};
export type Dialect = {
  version: number;
  load(): Promise<Library>;
  /** Whether its agents may use files and terminals of their runner. */
  hasSeams: boolean;
  hello(through: Through): object;
  able(answer: unknown, tools: ToolServer): (Able & { version: number }) | null;
  made: z.ZodType<SessionMade>;
  goneOn: z.ZodType<Omit<SessionMade, 'sessionId'> | null | undefined>;
  setting(configId: string, value: string): object;
  optionsIn(answer: unknown): unknown;
  permission(params: unknown): unknown;
  /** Of one session, what it tells as updates of version 1, and how its prompt ends: `over` is called at once. */
  follow(over: () => void): {
    update(update: Update): Update | null;
    prompt(ask: AskAgent, said: object): Promise<string>;
    closed(error: Error): void;
  };
};

const REFUSED = -32000;
const asIs = (params: unknown): unknown => params;

const FILES = { fs: { readTextFile: true, writeTextFile: true } };
const FIRST: Dialect = {
  version: 1,
  async load() {
    const sdk = await import('@agentclientprotocol/sdk');
    return {
      connect(stream, handlers) {
        const app = sdk.client({ name: 'entangle' });
        for (const [method, handle] of Object.entries(handlers))
          app.onRequest(method, asIs, ({ params, signal }) => handle(params, signal));
        const { agent } = app.connect(stream);
        return {
          request: (method, params) => agent.request<unknown>(method, params),
          cancel: (sessionId) => agent.notify('session/cancel', { sessionId }),
        };
      },
      refusal: (words) => new sdk.RequestError(REFUSED, words, { details: words }),
    };
  },
  hasSeams: true,
  hello: ({ lacksFiles }) => ({
    protocolVersion: 1,
    clientCapabilities: { ...(!lacksFiles && FILES), terminal: true },
  }),
  able(answer, tools) {
    const { data } = readShape(initialized, answer);
    if (data === undefined) return null;
    const { loadSession, sessionCapabilities } = data.agentCapabilities ?? {};
    const loads = loadSession ? 'session/load' : null;
    return {
      version: data.protocolVersion,
      goesOn: sessionCapabilities?.resume ? 'session/resume' : loads,
      servers: [tools],
    };
  },
  made: sessionMade,
  goneOn: sessionGoesOn,
  setting: (configId, value) => ({ configId, value }),
  optionsIn: asIs,
  permission: asIs,
  follow: (over) => ({
    update: (update) => update,
    prompt: async (ask, said) => (await ask('session/prompt', said, turnStopped, over)).stopReason,
    closed: () => undefined,
  }),
};

const DRAFT: Dialect = {
  version: 2,
  async load() {
    const sdk = await import('@agentclientprotocol/sdk/experimental/v2');
    return {
      connect(stream, handlers) {
        const app = sdk.client({ name: 'entangle' });
        // As it came: what its own parser makes of a request is not what was asked
        app.onRequest('*', ({ method, params, signal }) => {
          const handle = handlers[method];
          if (handle === undefined) throw sdk.RequestError.methodNotFound(method);
          return handle(params, signal);
        });
        const { agent } = app.connect(stream);
        return {
          cancel: (sessionId) => agent.notify('session/cancel', { sessionId }),
          async request(method, params) {
            const given = agent.request<unknown, object, string>(method, params);
            // What it does not say itself is of its answer, which its library has read: first of all of its version
            return given.catch((error: unknown) => {
              if (method !== 'initialize' || error instanceof sdk.RequestError) throw error;
              throw new Error('it does not answer in version 2 of its protocol');
            });
          },
        };
      },
      refusal: (words) => new sdk.RequestError(REFUSED, words, { details: words }),
    };
  },
  hasSeams: false,
  hello: () => ({ protocolVersion: 2, info: { name: 'entangle', version: '1' }, capabilities: {} }),
  able(answer, tools) {
    const { data } = readShape(draftInitialized, answer);
    if (data === undefined) return null;
    const session = data.capabilities?.session;
    return {
      version: data.protocolVersion,
      goesOn: session ? 'session/resume' : null,
      servers: session?.mcp?.stdio ? [{ ...tools, type: 'stdio' }] : [],
    };
  },
  made: draftSessionMade,
  goneOn: draftSessionGoesOn,
  setting: (configId, value) => ({ configId, type: 'id', value }),
  optionsIn: draftOptions,
  permission: draftPermission,
  follow(over) {
    const updates = new DraftUpdates();
    const end = new DraftEnd(over);
    return {
      update(update) {
        end.told(update);
        return updates.of(update);
      },
      async prompt(ask, said) {
        end.prompted();
        await ask('session/prompt', said, draftAcknowledged);
        return end.ended;
      },
      closed: (error) => end.closed(error),
    };
  },
};

/** By what a graph says; the stable one where it says nothing. */
export const dialectOf = (protocol: 2 | undefined): Dialect => (protocol === 2 ? DRAFT : FIRST);
