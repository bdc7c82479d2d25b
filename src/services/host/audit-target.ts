/** What a request that changes something is about, for the record: what its path names, and what is wanted of that. */
import * as z from 'zod';
import { readShape } from '../../core/encoding/read-shape.ts';
import { name } from '../../core/encoding/schema.ts';
import { findOperation } from '../../core/host-api/route.ts';
import { TRUST_DECISIONS } from '../../core/vocabulary.ts';
import type { ApiRequest } from '../../ports/index.ts';
import { type AuditedCall, isChange } from './audit-words.ts';

type Words = (body: unknown) => string;
/** Nothing of a body that does not have its shape. */
const wanted =
  <S extends z.ZodType>(shape: S, words: (body: z.output<S>) => string): Words =>
  (body) => {
    const read = readShape(shape, body);
    return read.success ? words(read.data) : '';
  };
const named = wanted(z.object({ name }), (body) => body.name);

const WANTED: Readonly<Record<AuditedCall, Words>> = {
  'graph.apply': wanted(
    z.object({ base: z.object({ n: z.int().min(0) }) }),
    ({ base }) => `on revision ${base.n}`,
  ),
  'runners.trust': wanted(z.object({ state: z.enum(TRUST_DECISIONS) }), ({ state }) => state),
  'invites.create': wanted(z.object({ name, rejoin: z.boolean().optional() }), (body) =>
    body.rejoin ? `${body.name}, to join again` : body.name,
  ),
  'assignments.create': wanted(
    z.object({ node: name, runner: name }),
    ({ node, runner }) => `${node} on ${runner}`,
  ),
  'assignments.move': wanted(z.object({ runner: name }), ({ runner }) => `to ${runner}`),
  'assignments.revoke': () => '',
  'sessions.cancel': () => '',
  'operators.add': named,
  'operators.bind': named,
  'operators.enrol': named,
  // The body is a credential
  'tokens.issue': () => '',
  // The path says it
  'operators.unbind': () => '',
  'operators.revoke': () => '',
  'secrets.set': named,
  'secrets.remove': () => '',
  'principals.set': named,
  'principals.keygen': () => '',
  'principals.remove': () => '',
};

const MOST = 200;
export const targetOf = ({
  method,
  path,
  body,
}: Pick<ApiRequest, 'method' | 'path'> & { body: unknown }): string => {
  const operation = findOperation(method, path)?.id ?? null;
  const below = path.split('/').slice(3).join('/');
  const words = isChange(operation) ? WANTED[operation](body) : '';
  return [below, words]
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, MOST);
};
