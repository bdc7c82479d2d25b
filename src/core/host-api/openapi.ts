/** The Host API as an OpenAPI 3.1 document, derived from its table: what `docs/host-api.openapi.json` holds. */
import * as z from 'zod';
import { EXIT } from '../errors.ts';
import { JSON_MEDIA } from './operation.ts';
import { HOST_API, type OperationId, operationIds } from './table.ts';

const errorAnswer = z.object({
  error: z.object({
    code: z.enum(Object.keys(EXIT) as (keyof typeof EXIT)[]),
    message: z.string(),
    hint: z.string().exactOptional(),
    details: z.array(z.unknown()).exactOptional(),
  }),
});

type JsonSchema = { properties?: Record<string, JsonSchema>; required?: string[]; [key: string]: unknown };
const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest as JsonSchema;
};
const content = (schema: JsonSchema, media = JSON_MEDIA) => ({ [media]: { schema } });
/** Each event has such a value as its `data`; OpenAPI 3.1 has no word for that. */
const eventContent = (schema: JsonSchema) => ({
  'text/event-stream': { schema: { type: 'string' }, 'x-entangle-event-data': schema },
});
const resumed = {
  name: 'Last-Event-ID',
  in: 'header',
  required: false,
  description: 'the `id` of the last event that came: the stream goes on behind it, whatever the cursor says',
  schema: { type: 'string' },
};
const hasFields = (schema: z.ZodObject): boolean => Object.keys(schema.shape).length > 0;

const parametersOf = (where: 'path' | 'query', schema: z.ZodObject) => {
  const { properties = {}, required = [] } = schemaOf(schema, 'input');
  return Object.entries(properties).map(([name, { description, ...shape }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema: shape,
  }));
};

const operationOf = (id: OperationId) => {
  const { method, role, params, query, body, output, events, media, doc } = HOST_API[id];
  const parameters = [
    ...parametersOf('path', params),
    ...parametersOf('query', query),
    ...(events ? [resumed] : []),
  ];
  const answer = schemaOf(output, 'input');
  return {
    operationId: id,
    tags: [id.split('.')[0]],
    summary: doc,
    ...(role === null ? { security: [] } : { 'x-entangle-role': role }),
    ...(parameters.length > 0 && { parameters }),
    ...(method === 'POST' && {
      requestBody: { required: hasFields(body), content: content(schemaOf(body, 'input')) },
    }),
    responses: {
      200: events
        ? { description: 'Open.', content: eventContent(answer) }
        : { description: 'Done.', content: content(answer, media) },
      default: { $ref: '#/components/responses/Error' },
    },
  };
};

/** The whole document as a JSON value. The same table gives the same value. */
export const openApiOf = (version: string) => {
  const paths: Record<string, Record<string, object>> = {};
  for (const id of operationIds()) {
    const { method, path } = HOST_API[id];
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(id) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'entangle Host API',
      version,
      description:
        'Served on the UNIX socket `host/<name>/api.sock` of a Host’s home. Described in host-api.md.',
    },
    servers: [{ url: 'http://localhost', description: 'The UNIX socket; the Host header is localhost.' }],
    security: [{ bearer: [] }, { nostr: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        nostr: {
          type: 'http',
          scheme: 'nostr',
          description: 'An event of NIP-98 in base64: see host-api.md.',
        },
      },
      responses: {
        Error: {
          description: 'Not done, unless the code is unavailable or timed_out: then it is not known.',
          content: content(schemaOf(errorAnswer, 'input')),
        },
      },
    },
  };
};
