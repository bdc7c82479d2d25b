/** What an operator asked of a Host, in words. Not sanitized: a path may be anybody's. */
import { isWord } from '../../core/encoding/grammar.ts';
import type { AuditEntry } from '../../core/host-api/shapes.ts';
import type { CallId, HOST_API } from '../../core/host-api/table.ts';
import { TRUST_DECISIONS, type TrustDecision } from '../../core/vocabulary.ts';

/** The operations that change something; what only reads is not on record. */
export type AuditedCall = {
  [K in CallId]: (typeof HOST_API)[K]['method'] extends 'POST' ? K : never;
}[CallId];

type Say = (about: string) => string;
const say =
  (verb: string): Say =>
  (about) =>
    `${verb} ${about}`.trimEnd();

const TRUSTS: Readonly<Record<TrustDecision, string>> = {
  trusted: 'trust',
  rejected: 'reject',
  revoked: 'revoke',
};
const decide: Say = (about) => {
  const [name, state = ''] = about.split(' ');
  return `${isWord(TRUST_DECISIONS, state) ? TRUSTS[state] : 'decide about'} runner ${name}`;
};

const DID: Readonly<Record<AuditedCall, Say>> = {
  'graph.apply': say('apply a graph'),
  'runners.trust': decide,
  'invites.create': say('invite'),
  'assignments.create': say('assign'),
  'assignments.move': say('move'),
  'assignments.revoke': (node) => `take ${node} off its runner`,
  'sessions.cancel': say('end session'),
  'operators.add': say('add operator'),
  'operators.bind': say('bind operator'),
  'operators.enrol': say('add operator'),
  'operators.unbind': say('unbind operator'),
  'operators.revoke': say('revoke operator'),
  'tokens.issue': say('take a token for ten minutes'),
  'secrets.set': say('set secret'),
  'secrets.remove': say('remove secret'),
  'principals.set': say('set git principal'),
  'principals.keygen': say('make a key of git principal'),
  'principals.remove': say('remove git principal'),
};
export const isChange = (operation: string | null): operation is AuditedCall =>
  operation !== null && operation in DID;

/** What a record is about begins with what its path names: of `r1/trust trusted` the last part of the path says nothing. */
const VERB_OF_PATH = /^([^/ ]+)\/[^ ]+/;

/** What a Host writes down by itself of a runner, and the last word of one, in the place of an operation. */
export const LIVENESS_RECORD = 'runner.liveness';
export const GOODBYE = 'runner.goodbye';
export const isOfRunner = ({ operation }: AuditEntry): boolean =>
  operation === LIVENESS_RECORD || operation === GOODBYE;

export const auditWhat = (entry: AuditEntry): string => {
  const { operation, method, route, target } = entry;
  if (isOfRunner(entry)) return `runner ${target}`;
  return isChange(operation) ? DID[operation](target.replace(VERB_OF_PATH, '$1')) : `${method} ${route}`;
};

/** Each is asked before it is done: one without an outcome was cut short, or goes on. */
export const auditOutcome = (entry: AuditEntry): string => {
  const { outcome } = entry;
  if (isOfRunner(entry)) return `${entry.operation === GOODBYE ? 'has' : 'is'} ${outcome}`;
  if (outcome === 'asked') return 'asked, without an outcome';
  return outcome === 'done' ? 'done' : `refused: ${outcome}`;
};

const auditWho = ({ who, role }: AuditEntry): string =>
  role === 'host' ? 'the Host' : role === 'none' ? `somebody ${who}` : `${who} (${role})`;

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
