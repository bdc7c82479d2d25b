/** The agent of the tests over version 2 of its protocol, a draft: it does the same, and says it in that form. */

import { Readable, Writable } from 'node:stream';
import {
  agent,
  type AgentContext as DraftContext,
  ndJsonStream,
  RequestError,
} from '@agentclientprotocol/sdk/experimental/v2';

type Client = {
  notify(method: string, params: object): Promise<void>;
  request(method: string, params: object): Promise<unknown>;
};
type Told = Record<string, unknown>;
type Agent = {
  sessionId: string;
  manner: string;
  begin(params: { cwd: string; mcpServers?: unknown }): void;
  knows(session: string): boolean;
  modeOption(value: string): { id: string };
  /** Resolves with the reason of the end. */
  perform(text: string, client: Client): Promise<string>;
  cancel(): void;
};

const optionOf = ({ id, ...rest }: { id: string }) => ({ ...rest, configId: id });
const asDraft: Readonly<Record<string, (update: Told) => Told>> = {
  agent_message_chunk: (update) => ({ ...update, messageId: 'm' }),
  agent_thought_chunk: (update) => ({ ...update, messageId: 't' }),
  tool_call: (update) => ({ ...update, sessionUpdate: 'tool_call_update' }),
  plan: ({ entries }) => ({ sessionUpdate: 'plan_update', plan: { type: 'items', planId: 'p', entries } }),
  config_option_update: (update) => ({
    ...update,
    configOptions: Array.isArray(update.configOptions)
      ? update.configOptions.map(optionOf)
      : update.configOptions,
  }),
};
const asked = (cwd: string, { toolCall, ...rest }: Told): Told => {
  const { title, rawInput, ...call } = toolCall as Told & { rawInput?: { command: string } };
  const subject = rawInput
    ? { type: 'command', command: rawInput.command, cwd, toolCallId: call.toolCallId }
    : { type: 'tool_call', toolCall: { ...call, title } };
  return { ...rest, title, subject };
};

/** What it says in the first version, said in this one. */
const clientOf = (client: DraftContext, cwd: () => string): Client => ({
  notify(method, params) {
    const { update, ...rest } = params as { update: Told };
    const told = asDraft[String(update.sessionUpdate)]?.(update) ?? update;
    return client.notify(method as 'session/update', { ...rest, update: told } as never);
  },
  request: (method, params) =>
    client.request(
      method as 'session/request_permission',
      (method === 'session/request_permission' ? asked(cwd(), params as Told) : params) as never,
    ),
});

export const serveDraft = ({ sessionId, manner, begin, knows, modeOption, perform, cancel }: Agent): void => {
  let cwd = '';
  const configOptions = manner === 'modeless' ? [] : [optionOf(modeOption('auto'))];
  const state = (client: DraftContext, told: Told) =>
    client.notify('session/update', {
      sessionId,
      update: { sessionUpdate: 'state_update', ...told },
    } as never);
  const work = async (text: string, client: DraftContext): Promise<void> => {
    // As snapshots of before are told again
    await state(client, { state: 'idle', stopReason: 'refusal' });
    await state(client, { state: 'running' });
    const stopReason = await perform(
      text,
      clientOf(client, () => cwd),
    );
    if (manner !== 'quiet') await state(client, { state: 'idle', ...(manner !== 'mum' && { stopReason }) });
  };
  agent({ name: 'test' })
    .onRequest('initialize', async () =>
      manner === 'mute'
        ? new Promise<never>(() => undefined)
        : {
            ...{ protocolVersion: 2, info: { name: 'test', version: '1' } },
            capabilities: { session: manner === 'toolless' ? {} : { mcp: { stdio: {} } } },
          },
    )
    .onRequest('session/new', ({ params }) => {
      begin(params);
      cwd = params.cwd;
      if (manner === 'unable') throw new RequestError(-32603, 'Internal error', { details: 'no\nlogin' });
      return { sessionId, configOptions } as never;
    })
    .onRequest('session/resume', async ({ params, client }) => {
      if (!knows(params.sessionId)) throw new RequestError(-32002, 'no such session');
      begin(params);
      cwd = params.cwd;
      await state(client, { state: 'idle', stopReason: 'end_turn' });
      return { configOptions } as never;
    })
    .onRequest('session/set_config_option', ({ params }) => {
      const value = manner === 'stubborn' ? 'auto' : String((params as { value: unknown }).value);
      return { configOptions: [optionOf(modeOption(value))] } as never;
    })
    .onRequest('session/prompt', ({ params, client }) => {
      const text = params.prompt.map((block) => ('text' in block ? String(block.text) : '')).join('');
      void work(text, client);
      return { messageId: 'asked' };
    })
    .onNotification('session/cancel', cancel)
    .connect(
      ndJsonStream(
        Writable.toWeb(process.stdout) as WritableStream<Uint8Array>,
        Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>,
      ),
    );
};
