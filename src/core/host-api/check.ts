/** Checks the parts of a request against its operation: the client before it sends, the Host before it acts. */
import type * as z from 'zod';
import { issueWords, type SchemaIssue } from '../encoding/issues.ts';
import { readShape } from '../encoding/read-shape.ts';
import { EntangleError } from '../errors.ts';
import { HOST_API, type OperationId, type ParamsOf, type QueryOf, type RequestBodyOf } from './table.ts';

export type RequestParts<K extends OperationId> = {
  params: ParamsOf<K>;
  query: QueryOf<K>;
  body: RequestBodyOf<K>;
};

/** Where what there is can be seen, by the field that names one of it. */
const SEEN_BY: Readonly<Record<string, string>> = { session: 'see `entangle host session list`' };

/** In the path and the query: `invalid cursor: "x"`. */
const wrongAddress = (issue: SchemaIssue): EntangleError => {
  if (issue.code === 'unrecognized_keys')
    return new EntangleError('usage', `unknown parameter "${issue.keys[0]}"`);
  const given = issue.input === undefined ? '' : `: "${String(issue.input).slice(0, 80)}"`;
  const where = issue.path.join('.');
  const hint = SEEN_BY[where];
  return new EntangleError('usage', `invalid ${where}${given}`, hint === undefined ? {} : { hint });
};
const wrongBody = (issue: SchemaIssue): EntangleError => {
  const where = issue.path.join('.');
  return new EntangleError(
    'invalid',
    `${where === '' ? 'request body' : where}: ${issueWords(issue, issue.input)}`,
  );
};

const checked = <S extends z.ZodType>(
  schema: S,
  value: unknown,
  wrong: (issue: SchemaIssue) => EntangleError,
): z.output<S> => {
  const parsed = readShape(schema, value);
  if (parsed.success) return parsed.data;
  throw wrong(parsed.error.issues[0]!);
};

/** The parts as the operation declares them. `usage` for a path or query, `invalid` for a body that does not fit. */
export const checkRequest = <K extends OperationId>(
  id: K,
  given: { params: unknown; query: unknown; body: unknown },
): RequestParts<K> => {
  const { params, query, body } = HOST_API[id];
  return {
    params: checked(params, given.params, wrongAddress),
    query: checked(query, given.query, wrongAddress),
    body: checked(body, given.body ?? {}, wrongBody),
  } as RequestParts<K>;
};
