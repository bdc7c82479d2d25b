/** Chat completions, as OpenAI has them. */
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { type ModelCall, modelAsked } from './canary-calls.ts';
import { bearer, DONE, type ModelApi, VERSION } from './model-api.ts';

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
export const chat: ModelApi = {
  base: VERSION,
  path: /^\/v1\/chat\/completions$/,
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
