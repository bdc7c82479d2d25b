/** The shape of one row of the Host API table, and the types that server and client derive from it. */
import * as z from 'zod';
import { once } from '../encoding/once.ts';
import { remembered } from '../encoding/remembered.ts';
import type { HttpMethod, OperatorRole } from '../vocabulary.ts';

export const JSON_MEDIA = 'application/json';
/** The exposition format of Prometheus. */
export const METRICS_MEDIA = 'text/plain; version=0.0.4; charset=utf-8';

type ObjectOf<S extends z.ZodRawShape> = z.ZodObject<S, z.core.$strict>;

/** Everything about one operation but what it does: `{x}` in a path stands for one segment, named in `params`. */
type Operation<
  P extends z.ZodRawShape = z.ZodRawShape,
  Q extends z.ZodRawShape = z.ZodRawShape,
  B extends z.ZodRawShape = z.ZodRawShape,
  O extends z.ZodType = z.ZodType,
  E extends boolean = boolean,
> = {
  readonly method: HttpMethod;
  readonly path: string;
  /** The lowest role that may call it; null where its body says who asks, and no credential does. */
  readonly role: OperatorRole | null;
  readonly params: ObjectOf<P>;
  readonly query: ObjectOf<Q>;
  /** POST only. */
  readonly body: ObjectOf<B>;
  readonly output: O;
  /** Of an answer that is one value: a text as it is, where this is not JSON. */
  readonly media: string;
  /** The answer is a stream of server-sent events, each of them one such output. */
  readonly events: E;
  readonly doc: string;
};

type Options<
  P extends z.ZodRawShape,
  Q extends z.ZodRawShape,
  B extends z.ZodRawShape,
  O extends z.ZodType,
> = Pick<Operation, 'method' | 'path' | 'doc'> & {
  role: OperatorRole;
  params?: P;
  query?: Q;
  /** Called when one is first read or written. */
  body?: () => B;
  /** Called when an answer is first read or written: who asks for one thing pays for the schemas of that. */
  output: () => O;
  media?: string;
};

type None = Record<never, never>;

/** Completes a row: no parameters and an empty body, unless it says otherwise. */
export const operation = <
  O extends z.ZodType,
  P extends z.ZodRawShape = None,
  Q extends z.ZodRawShape = None,
  B extends z.ZodRawShape = None,
  M extends HttpMethod = HttpMethod,
>(
  options: Options<P, Q, B, O> & { method: M },
): Operation<P, Q, B, O, false> & { readonly method: M; readonly role: OperatorRole } =>
  completed({ ...options, events: false });

/** The same of a row that is for whoever proves in its body who they are. */
export const openOperation = <B extends z.ZodRawShape, O extends z.ZodType>(
  options: Omit<Options<None, None, B, O>, 'role'> & { method: 'POST' },
): Operation<None, None, B, O, false> & { readonly method: 'POST'; readonly role: null } =>
  completed({ ...options, role: null, events: false });

/** The same of a row whose answer does not end. Its query takes a `cursor`: the stream goes on behind it. */
export const eventStream = <O extends z.ZodType, Q extends z.ZodRawShape & { cursor: z.ZodType }>(
  options: Options<None, Q, None, O>,
): Operation<None, Q, None, O, true> & { readonly role: OperatorRole } =>
  completed({ ...options, events: true });

const NONE: None = {};
/** Most rows take nothing, or the name of the same thing. */
const objectOf = remembered((fields: z.ZodRawShape) => z.strictObject(fields));

const completed = <
  P extends z.ZodRawShape,
  Q extends z.ZodRawShape,
  B extends z.ZodRawShape,
  O extends z.ZodType,
  M extends HttpMethod,
  R extends OperatorRole | null,
  E extends boolean,
>(
  options: Omit<Options<P, Q, B, O>, 'method' | 'role'> & { method: M; role: R; events: E },
) => {
  const { params, query, body, output, media = JSON_MEDIA, ...rest } = options;
  const bodyFields = once(body ?? (() => NONE as B));
  return {
    ...rest,
    media,
    get params() {
      return objectOf(params ?? NONE) as ObjectOf<P>;
    },
    get query() {
      return objectOf(query ?? NONE) as ObjectOf<Q>;
    },
    get body() {
      return objectOf(bodyFields()) as ObjectOf<B>;
    },
    get output() {
      return output();
    },
  };
};
