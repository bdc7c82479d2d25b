/** The Host API as its callers see it: an operation by name, its parts typed, its answer checked. */
import type * as z from 'zod';
import { readShape } from '../encoding/read-shape.ts';
import { EntangleError } from '../errors.ts';
import type { HttpMethod } from '../vocabulary.ts';
import { checkRequest } from './check.ts';
import { pathOf } from './route.ts';
import { HOST_API, type OperationId, type OutputOf } from './table.ts';

/** Sends one request as somebody and gives the body of the answer; throws the Host's own error. */
export type HostClient = (request: { method: HttpMethod; path: string; body?: unknown }) => Promise<unknown>;

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
export const callHost = async <K extends OperationId>(
  client: HostClient,
  id: K,
  ...[given]: Input<K>
): Promise<OutputOf<K>> => {
  const parts: { params?: unknown; query?: unknown; body?: unknown } = given ?? {};
  const { params, query, body } = checkRequest(id, {
    params: parts.params ?? {},
    query: parts.query ?? {},
    body: parts.body ?? {},
  });
  const { method, output } = HOST_API[id];
  const path = pathOf(id, params, query as Record<string, string>);
  const answer = await client({ method, path, ...(method === 'POST' && { body }) });
  const parsed = readShape(output, answer);
  if (parsed.success) return parsed.data as OutputOf<K>;
  throw new EntangleError('unavailable', `the Host's answer to ${id} is not understood`, {
    hint: 'run the same version of entangle as the Host: see `entangle --version`',
    cause: parsed.error,
  });
};
