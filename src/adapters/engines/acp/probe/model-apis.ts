/** The APIs that the model of a probe speaks, as much of each as agents use: what was asked in one form, and a call or an end in its own. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import * as z from 'zod';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { CHAT, CLAUDE_MESSAGES } from '../known-agents.ts';
import { type ModelAsked, type ModelCall, modelAsked } from './canary-calls.ts';

type ModelApi = {
  /** As clients of it expect their endpoint to end, and what they ask below that. */
  base: string;
  path: string;
  key(headers: IncomingHttpHeaders): unknown;
  asked(body: unknown): ModelAsked | null;
  /** `n`: of the answer. Whole, or the events of a stream. */
  whole(call: ModelCall | null, n: number): object;
  events(call: ModelCall | null, n: number): string[];
};

const bearer = ({ authorization }: IncomingHttpHeaders): string | undefined =>
  authorization?.startsWith('Bearer ') ? authorization.slice('Bearer '.length) : undefined;
const DONE = 'Done.';
const VERSION = '/v1';

const chatUsage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
const chatSaid = (called: ModelCall | null, n: number) => {
  const call = called && {
    ...{ id: `call_${n}`, type: 'function' },
    function: { name: called.name, arguments: JSON.stringify(called.arguments) },
  };
  const head = { id: `probe-${n}`, created: 1, model: 'probe' };
  const said = { role: 'assistant', content: call ? null : DONE };
  return { call, head, said, finish_reason: call ? 'tool_calls' : 'stop' };
};
const chat: ModelApi = {
  base: VERSION,
  path: '/chat/completions',
  key: bearer,
  asked: (body) => readShape(modelAsked, body).data ?? null,
  whole(called, n) {
    const { call, head, said, finish_reason } = chatSaid(called, n);
    const message = { ...said, ...(call && { tool_calls: [call] }) };
    const choices = [{ index: 0, message, finish_reason }];
    return { ...head, object: 'chat.completion', choices, usage: chatUsage };
  },
  events(called, n) {
    const { call, head, said, finish_reason } = chatSaid(called, n);
    const delta = { ...said, ...(call && { tool_calls: [{ index: 0, ...call }] }) };
    const chunk = { ...head, object: 'chat.completion.chunk', usage: chatUsage };
    const choices = [
      { index: 0, delta, finish_reason: null },
      { index: 0, delta: {}, finish_reason },
    ];
    return [...choices.map((one) => JSON.stringify({ ...chunk, choices: [one] })), '[DONE]'].map(
      (data) => `data: ${data}\n\n`,
    );
  },
};

const messagesAsked = z.object({
  stream: z.boolean().optional(),
  messages: z
    .array(
      z.object({
        role: z.string(),
        content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })).max(1000)]),
      }),
    )
    .max(1000),
  tools: z
    .array(z.object({ name: z.string(), input_schema: z.unknown().optional() }))
    .max(1000)
    .optional(),
});
const messagesUsage = { input_tokens: 1, output_tokens: 1 };
const messagesSaid = (called: ModelCall | null, n: number) => ({
  head: { id: `msg_${n}`, type: 'message', role: 'assistant', model: 'probe' },
  block: called
    ? { type: 'tool_use', id: `toolu_${n}`, name: called.name, input: called.arguments }
    : { type: 'text', text: DONE },
  stop_reason: called ? 'tool_use' : 'end_turn',
});
const messages: ModelApi = {
  base: '',
  path: `${VERSION}/messages`,
  key: (headers) => headers['x-api-key'] ?? bearer(headers),
  asked(body) {
    const { data } = readShape(messagesAsked, body);
    if (data === undefined) return null;
    // What a tool gave is part of what a user says; where it is, that is of no user
    const said = data.messages.flatMap(({ role, content }): ModelAsked['messages'] => {
      if (typeof content === 'string') return [{ role, content }];
      const given = content.filter(({ type }) => type === 'tool_result');
      const rest = content.filter(({ type }) => type !== 'tool_result');
      return [
        ...given.map((one) => ({ role: 'tool', content: one })),
        ...(rest.length > 0 ? [{ role, content: rest }] : []),
      ];
    });
    const tools = data.tools?.map(({ name, input_schema }) => ({
      function: { name, parameters: input_schema },
    }));
    return chat.asked({ ...data, messages: said, ...(tools && { tools }) });
  },
  whole(called, n) {
    const { head, block, stop_reason } = messagesSaid(called, n);
    return { ...head, content: [block], stop_reason, stop_sequence: null, usage: messagesUsage };
  },
  events(called, n) {
    const { head, block, stop_reason } = messagesSaid(called, n);
    const begun = called ? { ...block, input: {} } : { ...block, text: '' };
    const delta = called
      ? { type: 'input_json_delta', partial_json: JSON.stringify(called.arguments) }
      : { type: 'text_delta', text: DONE };
    const open = { ...head, content: [], stop_reason: null, stop_sequence: null, usage: messagesUsage };
    const events: [type: string, told: object][] = [
      ['message_start', { message: open }],
      ['content_block_start', { index: 0, content_block: begun }],
      ['content_block_delta', { index: 0, delta }],
      ['content_block_stop', { index: 0 }],
      ['message_delta', { delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 1 } }],
      ['message_stop', {}],
    ];
    return events.map(([type, told]) => `event: ${type}\ndata: ${JSON.stringify({ type, ...told })}\n\n`);
  },
};

/** By the words in which an agent's row says what its endpoint has to speak. */
export const MODEL_APIS: Readonly<Record<string, ModelApi>> = { [CHAT]: chat, [CLAUDE_MESSAGES]: messages };
export const isSpoken = (api: string): boolean => Object.hasOwn(MODEL_APIS, api);

export const replyWith = (
  api: ModelApi,
  response: ServerResponse,
  { call, n, isStream }: { call: ModelCall | null; n: number; isStream: boolean },
): void => {
  response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  response.end(isStream ? api.events(call, n).join('') : JSON.stringify(api.whole(call, n)));
};
