/** Paths of the Host API, both ways: which operation a request is for, and which path an operation is called by. */
import { HOST_API, type OperationId, operationIds } from './table.ts';

const PLACE = /^\{(\w+)\}$/;

const paramsOf = (path: string, given: readonly string[]): Record<string, string> | null => {
  const wanted = path.split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [i, segment] of wanted.entries()) {
    const place = PLACE.exec(segment)?.[1];
    if (place !== undefined) params[place] = given[i]!;
    else if (segment !== given[i]) return null;
  }
  return params;
};

/** The operation that a method and a path without query name, or null. Its parameters are not checked yet. */
export const findOperation = (
  method: string,
  path: string,
): { id: OperationId; params: Record<string, string> } | null => {
  const given = path.split('/');
  for (const id of operationIds()) {
    const params = HOST_API[id].method === method ? paramsOf(HOST_API[id].path, given) : null;
    if (params) return { id, params };
  }
  return null;
};

/** Path and query of a call. The values were checked: each fits into one segment. */
export const pathOf = (
  id: OperationId,
  params: Readonly<Record<string, string>>,
  query: Readonly<Record<string, string>>,
): string => {
  const path = HOST_API[id].path.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
  const search = new URLSearchParams(query).toString();
  return search === '' ? path : `${path}?${search}`;
};
