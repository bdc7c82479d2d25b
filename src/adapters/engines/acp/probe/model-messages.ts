/** Messages, as Anthropic has them. */
import * as z from 'zod';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { type ModelAsked, type ModelCall, modelAsked } from './canary-calls.ts';
import { bearer, DONE, type ModelApi, typedEvent } from './model-api.ts';

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
export const messages: ModelApi = {
  base: '',
  path: /^\/v1\/messages$/,
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
    return readShape(modelAsked, { ...data, messages: said, ...(tools && { tools }) }).data ?? null;
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
    return events.map(([type, told]) => typedEvent(type, told));
  },
};
