/** Contents, as Gemini has them. */
import * as z from 'zod';
import { readShape } from '../../../../core/encoding/read-shape.ts';
import { type ModelAsked, type ModelCall, modelAsked } from './canary-calls.ts';
import { DONE, type ModelApi } from './model-api.ts';

const declared = z.looseObject({
  name: z.string(),
  parameters: z.unknown().optional(),
  parametersJsonSchema: z.unknown().optional(),
});
const content = z.object({
  role: z.string().optional(),
  parts: z.array(z.looseObject({ functionResponse: z.unknown().optional() })).max(1000),
});
const geminiAsked = z.object({
  contents: z.array(content).max(1000),
  tools: z
    .array(z.looseObject({ functionDeclarations: z.array(declared).max(1000).optional() }))
    .max(100)
    .optional(),
});

/** What a tool gave is part of what a user says; where it is, that is of no user. */
const saidIn = ({ role = 'user', parts }: z.output<typeof content>): ModelAsked['messages'] => {
  const given = parts.filter(({ functionResponse }) => functionResponse !== undefined);
  const rest = parts.filter(({ functionResponse }) => functionResponse === undefined);
  return [
    ...given.map((one) => ({ role: 'tool', content: one })),
    ...(rest.length > 0 ? [{ role, content: rest }] : []),
  ];
};
const partOf = (called: ModelCall | null, n: number): object =>
  called ? { functionCall: { id: `call_${n}`, name: called.name, args: called.arguments } } : { text: DONE };

export const gemini: ModelApi = {
  base: '',
  path: /^\/v1beta\/models\/[^/:]+:(?:generateContent|streamGenerateContent)$/,
  key: (headers) => headers['x-goog-api-key'],
  asked(body, path) {
    const { data } = readShape(geminiAsked, body);
    if (data === undefined) return null;
    const tools = data.tools?.flatMap(({ functionDeclarations = [] }) =>
      functionDeclarations.map(({ name, parameters, parametersJsonSchema }) => ({
        function: { name, parameters: parametersJsonSchema ?? parameters },
      })),
    );
    const stream = path.endsWith(':streamGenerateContent');
    return readShape(modelAsked, { stream, messages: data.contents.flatMap(saidIn), tools }).data ?? null;
  },
  whole: (called, n) => ({
    candidates: [{ index: 0, content: { role: 'model', parts: [partOf(called, n)] }, finishReason: 'STOP' }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    ...{ modelVersion: 'probe', responseId: `probe-${n}` },
  }),
  events: (called, n) => [`data: ${JSON.stringify(gemini.whole(called, n))}\n\n`],
};
