/** Responses, as OpenAI has them. */
import * as z from 'zod';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { type ModelAsked, type ModelCall, modelAsked } from './canary-calls.ts';
import { bearer, DONE, type ModelApi, typedEvent, VERSION } from './model-api.ts';

const item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: z.unknown().optional(),
});
const one = z.looseObject({
  type: z.string(),
  name: z.string().optional(),
  parameters: z.unknown().optional(),
});
const responsesAsked = z.object({
  stream: z.boolean().optional(),
  input: z.union([z.string(), z.array(item).max(1000)]),
  tools: z
    .array(one.extend({ tools: z.array(one).max(1000).optional() }))
    .max(1000)
    .optional(),
});
/** Between the name of a space of tools and the name of one: no name has it. */
const OF = '/';

type Item = z.output<typeof item>;
const saidIn = (given: Item): ModelAsked['messages'] => {
  if (given.type?.endsWith('_call_output')) return [{ role: 'tool', content: given }];
  return given.role === undefined ? [] : [{ role: given.role, content: given.content }];
};

const calledItem = (called: ModelCall, n: number): object => {
  const [name = '', ...spaces] = called.name.split(OF).reverse();
  const [namespace] = spaces;
  const ids = { id: `fc_${n}`, type: 'function_call', status: 'completed', call_id: `call_${n}` };
  return { ...ids, name, ...(namespace && { namespace }), arguments: JSON.stringify(called.arguments) };
};
const itemOf = (called: ModelCall | null, n: number): object =>
  called
    ? calledItem(called, n)
    : {
        ...{ id: `msg_${n}`, type: 'message', role: 'assistant', status: 'completed' },
        content: [{ type: 'output_text', text: DONE, annotations: [] }],
      };
const usage = {
  ...{ input_tokens: 1, output_tokens: 1, total_tokens: 2 },
  ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
};
const head = (n: number) => ({ id: `resp_${n}`, object: 'response', created_at: 1, model: 'probe' });

export const responses: ModelApi = {
  base: VERSION,
  path: /^\/v1\/responses$/,
  key: bearer,
  asked(body) {
    const { data } = readShape(responsesAsked, body);
    if (data === undefined) return null;
    const { stream, input } = data;
    const messages =
      typeof input === 'string'
        ? [{ role: 'user', content: input }]
        : input.flatMap((given) => saidIn(given));
    const tools = data.tools?.flatMap(({ tools: inner, name, parameters, type }) => {
      if (inner)
        return inner.map((each) => ({
          function: { name: [name, each.name].join(OF), parameters: each.parameters },
        }));
      return type === 'function' ? [{ function: { name, parameters } }] : [];
    });
    return readShape(modelAsked, { stream, messages, tools }).data ?? null;
  },
  whole: (called, n) => ({ ...head(n), status: 'completed', output: [itemOf(called, n)], usage }),
  events(called, n) {
    const done = itemOf(called, n);
    const events: [type: string, told: object][] = [
      ['response.created', { response: { ...head(n), status: 'in_progress', output: [] } }],
      ['response.output_item.added', { output_index: 0, item: done }],
      ['response.output_item.done', { output_index: 0, item: done }],
      ['response.completed', { response: responses.whole(called, n) }],
    ];
    return events.map(([type, told], at) => typedEvent(type, { sequence_number: at, ...told }));
  },
};
