/** What an operator asked of a Host, in words. Not sanitized: a path may be anybody's. */
import type { AuditEntry } from '../../core/host-api/shapes.ts';
import type { CallId, HOST_API } from '../../core/host-api/table.ts';

/** The operations that change something; what only reads is not on record. */
export type AuditedCall = {
  [K in CallId]: (typeof HOST_API)[K]['method'] extends 'POST' ? K : never;
}[CallId];

const DID: Readonly<Record<AuditedCall, string>> = {
  'graph.apply': 'apply a graph',
  'runners.trust': 'decide about runner',
  'invites.create': 'invite',
  'assignments.create': 'assign',
  'operators.add': 'add operator',
  'operators.revoke': 'revoke operator',
  'secrets.set': 'set secret',
  'secrets.remove': 'remove secret',
};
export const isChange = (operation: string | null): operation is AuditedCall =>
  operation !== null && operation in DID;

export const auditWhat = ({ operation, method, route, target }: AuditEntry): string =>
  isChange(operation) ? `${DID[operation]} ${target}`.trimEnd() : `${method} ${route}`;

/** Each is asked before it is done: one without an outcome was cut short, or goes on. */
export const auditOutcome = ({ outcome }: AuditEntry): string => {
  if (outcome === 'asked') return 'asked, without an outcome';
  return outcome === 'done' ? 'done' : `refused: ${outcome}`;
};

const auditWho = ({ who, role }: AuditEntry): string =>
  role === 'none' ? `somebody ${who}` : `${who} (${role})`;

export const auditWords = (entry: AuditEntry): string =>
  `${auditWho(entry)}: ${auditWhat(entry)}: ${auditOutcome(entry)}`;

const isOutcomeOf = (one: AuditEntry, asked: AuditEntry): boolean =>
  asked.outcome === 'asked' &&
  one.outcome !== 'asked' &&
  one.who === asked.who &&
  one.route === asked.route &&
  one.digest === asked.digest;

/** Those that were asked and have an outcome behind them are told by it. */
export const withOutcomes = (before: readonly AuditEntry[], come: readonly AuditEntry[]): AuditEntry[] => {
  const all = [...before];
  for (const one of come) {
    const at = all.findIndex((asked) => isOutcomeOf(one, asked));
    if (at !== -1) all.splice(at, 1);
    all.push(one);
  }
  return all;
};
