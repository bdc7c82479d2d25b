/** What an operator’s request does, by the operation that its route names. */
import { findOperation } from '../host-api/route.ts';
import type { CallId, HOST_API } from '../host-api/table.ts';

type ChangeId = {
  [K in CallId]: (typeof HOST_API)[K]['method'] extends 'POST' ? K : never;
}[CallId];
const CREATE = { class: 'api', activity: 1 } as const;
const UPDATE = { class: 'api', activity: 3 } as const;
const DELETE = { class: 'api', activity: 4 } as const;

const ACTIVITIES: Readonly<Record<ChangeId, typeof CREATE | typeof UPDATE | typeof DELETE>> = {
  'graph.apply': UPDATE,
  'runners.trust': UPDATE,
  'invites.create': CREATE,
  'assignments.create': CREATE,
  'assignments.move': UPDATE,
  'assignments.revoke': DELETE,
  'sessions.cancel': DELETE,
  'operators.add': CREATE,
  'operators.bind': CREATE,
  'operators.enrol': CREATE,
  'operators.unbind': DELETE,
  'operators.revoke': DELETE,
  'tokens.issue': CREATE,
  'secrets.set': UPDATE,
  'secrets.remove': DELETE,
  'principals.set': UPDATE,
  'principals.keygen': UPDATE,
  'principals.remove': DELETE,
};

/** Null for a path that is none. */
export const requestActivity = ({ method, route }: Readonly<Record<string, unknown>>) => {
  const operation = findOperation(`${method}`, `${route}`)?.id ?? '';
  return Object.hasOwn(ACTIVITIES, operation) ? ACTIVITIES[operation as ChangeId] : null;
};
