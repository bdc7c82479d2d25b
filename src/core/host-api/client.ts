/** The Host API as its callers see it: an operation by name, its parts typed, its answer checked. */
import type * as z from 'zod';
import { readShape } from '../encoding/read-shape.ts';
import { EntangleError } from '../errors.ts';
import type { HttpMethod } from '../vocabulary.ts';
import { checkRequest } from './check.ts';
import { pathOf } from './route.ts';
import { type CallId, HOST_API, type OperationId, type OutputOf, type StreamId } from './table.ts';

/** Sends one request as somebody and gives the body of the answer; throws the Host's own error. */
export type HostClient = (request: { method: HttpMethod; path: string; body?: unknown }) => Promise<unknown>;

/** Opens a stream behind a cursor and gives its events; null says that it is open. Throws what ended it. */
export type HostStream = (request: {
  path: string;
  cursor: string | null;
  signal: AbortSignal;
}) => AsyncIterable<{ cursor: string; data: unknown } | null>;

type Table = typeof HOST_API;
/** A part without fields is left out, one without required fields may be. */
type Part<N extends string, S extends z.ZodObject> = keyof S['shape'] extends never
  ? unknown
  : Partial<z.input<S>> extends z.input<S>
    ? { [name in N]?: z.input<S> }
    : { [name in N]: z.input<S> };
export type InputOf<K extends OperationId> = Part<'params', Table[K]['params']> &
  Part<'query', Table[K]['query']> &
  Part<'body', Table[K]['body']>;
type Input<K extends OperationId> = Record<never, never> extends InputOf<K> ? [InputOf<K>?] : [InputOf<K>];

/** Refuses what the Host would refuse, calls it, and takes of the answer what the table promises. */
export const callHost = async <K extends CallId>(
  client: HostClient,
  id: K,
  ...[given]: Input<K>
): Promise<OutputOf<K>> => {
  const { method, path, body } = requestOf(id, (given ?? {}) as Parts);
  return answerOf(id, await client({ method, path, ...(method === 'POST' && { body }) }));
};

/** The same of a stream, until it breaks or is called off: each event with the cursor that it is resumed by. */
export async function* streamHost<K extends StreamId>(
  open: HostStream,
  id: K,
  given: InputOf<K>,
  { cursor, signal }: { cursor: string | null; signal: AbortSignal },
): AsyncGenerator<{ cursor: string; value: OutputOf<K> } | null, void, void> {
  const { path } = requestOf(id, given as Parts);
  for await (const event of open({ path, cursor, signal }))
    yield event && { cursor: event.cursor, value: answerOf(id, event.data) };
}

type Parts = { params?: unknown; query?: unknown; body?: unknown };
const requestOf = (id: OperationId, parts: Parts) => {
  const { params, query, body } = checkRequest(id, {
    params: parts.params ?? {},
    query: parts.query ?? {},
    body: parts.body ?? {},
  });
  const path = pathOf(id, params as Record<string, string>, query as Record<string, string>);
  return { method: HOST_API[id].method, path, body };
};

const answerOf = <K extends OperationId>(id: K, answer: unknown): OutputOf<K> => {
  const parsed = readShape(HOST_API[id].output, answer);
  if (parsed.success) return parsed.data as OutputOf<K>;
  throw new EntangleError('unavailable', `the Host's answer to ${id} is not understood`, {
    hint: 'run the same version of entangle as the Host: see `entangle --version`',
    cause: parsed.error,
  });
};
