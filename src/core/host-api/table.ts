/** The Host API: one row an operation. Server, client, `docs/host-api.md` and its OpenAPI document derive from it. */
import * as z from 'zod';
import { INVITE_MS, MAX_GRAPH_BYTES, MAX_IDENTITY_TOKEN } from '../bounds.ts';
import { name, pubkey, text, unixSeconds } from '../encoding/schema.ts';
import { principalFacts } from '../source/principal.ts';
import { MEMBER_ROLES, TRUST_DECISIONS } from '../vocabulary.ts';
import { authorityView, checkpointView } from './authority-views.ts';
import { audienceText, claims, issuerKeys, issuerUrl } from './identity.ts';
import { eventStream, METRICS_MEDIA, openOperation, operation } from './operation.ts';
import { placementView, seenPlacement } from './placement-view.ts';
import { principalView } from './principal-view.ts';
import { runStateView } from './run-state-view.ts';
import { SESSION_OPERATIONS } from './session-operations.ts';
import {
  appliedView,
  assignmentsPage,
  assignmentView,
  auditEntry,
  auditPage,
  changeCursor,
  changeEvent,
  deliveryView,
  givenName,
  givenSession,
  graphBase,
  graphView,
  historyPage,
  inviteView,
  issuedView,
  operatorRole,
  operatorsPage,
  operatorView,
  principalsPage,
  rejectsPage,
  runnersPage,
  runnerView,
  secretsPage,
  secretValue,
  secretView,
  statusView,
  tokenDigestHex,
  traceCursor,
  traceEntry,
  tracePage,
} from './shapes.ts';

const revisionNumber = z.string().regex(/^[1-9][0-9]{0,8}$/, 'must be the number of a revision');
const named = { name: givenName };
const traced = {
  session: givenSession.exactOptional().describe('its id, or so much of its beginning or end as is unique'),
  cursor: traceCursor.exactOptional().describe('of the entry to go on behind'),
};

const ofNamed = { method: 'POST', role: 'admin', params: named } as const;
const byHand = {
  method: 'POST',
  role: 'editor',
  params: { node: givenName },
  output: placementView,
} as const;

export const HOST_API = {
  'status.show': operation({
    method: 'GET',
    path: '/v1/status',
    role: 'viewer',
    output: statusView,
    doc: 'Shows the status of the running Host.',
  }),
  'metrics.show': operation({
    method: 'GET',
    path: '/v1/metrics',
    role: 'viewer',
    output: () => text(1_048_576),
    media: METRICS_MEDIA,
    doc: 'Gives the metrics of the running Host as Prometheus collects them: as text, see below.',
  }),
  'authority.show': operation({
    method: 'GET',
    path: '/v1/authority',
    role: 'viewer',
    output: authorityView,
    doc: 'Shows the keys of this Host, since when they hold, and the fingerprint of its recovery key.',
  }),
  'rejects.list': operation({
    method: 'GET',
    path: '/v1/rejects',
    role: 'viewer',
    output: rejectsPage,
    doc: 'Lists rejected messages by reason and signer, the latest first.',
  }),
  'runners.list': operation({
    method: 'GET',
    path: '/v1/runners',
    role: 'viewer',
    output: runnersPage,
    doc: 'Lists runners: trust, liveness, what they offer.',
  }),
  'runners.show': operation({
    method: 'GET',
    path: '/v1/runners/{name}',
    role: 'viewer',
    params: named,
    output: runnerView,
    doc: 'Shows one runner.',
  }),
  'runners.trust': operation({
    ...ofNamed,
    path: '/v1/runners/{name}/trust',
    body: () => ({
      state: z.enum(TRUST_DECISIONS),
      words: text(200).describe('the words that were compared; refused when the key has others'),
    }),
    output: runnerView,
    doc: 'Trusts, rejects or revokes a runner.',
  }),
  'invites.create': operation({
    method: 'POST',
    path: '/v1/invites',
    role: 'admin',
    body: () => ({
      role: z.enum(MEMBER_ROLES),
      name,
      expiresMs: z.int().min(INVITE_MS.least).max(INVITE_MS.most),
      rejoin: z.boolean().optional(),
    }),
    output: inviteView,
    doc: 'Creates an invite that lets one runner or user in, once.',
  }),
  'assignments.list': operation({
    method: 'GET',
    path: '/v1/assignments',
    role: 'viewer',
    output: assignmentsPage,
    doc: 'Lists which node runs on which runner.',
  }),
  'assignments.create': operation({
    method: 'POST',
    path: '/v1/assignments',
    role: 'editor',
    body: () => ({ node: name, runner: name }),
    output: assignmentView,
    doc: 'Assigns an agent node to a trusted runner; the same again is the assignment there is.',
  }),
  'assignments.move': operation({
    ...byHand,
    path: '/v1/assignments/{node}/move',
    body: () => ({ runner: name, ...seenPlacement }),
    doc: 'Moves an agent node to another runner, as soon as the one that it leaves surely runs it no more.',
  }),
  'assignments.revoke': operation({
    ...byHand,
    path: '/v1/assignments/{node}/revoke',
    body: () => seenPlacement,
    doc: 'Takes an agent node off its runner. Nobody runs it until it is moved or assigned.',
  }),
  'operators.list': operation({
    method: 'GET',
    path: '/v1/operators',
    role: 'admin',
    output: operatorsPage,
    doc: 'Lists operators in the order in which they were added, revoked ones included.',
  }),
  'operators.add': operation({
    method: 'POST',
    path: '/v1/operators',
    role: 'admin',
    body: () => ({
      name,
      role: operatorRole,
      sha256: tokenDigestHex,
      expiresAt: unixSeconds.nullable().describe('Unix seconds'),
    }),
    output: operatorView,
    doc: 'Adds an operator under a name and with a token that were never used before.',
  }),
  'operators.bind': operation({
    method: 'POST',
    path: '/v1/operators/bind',
    role: 'admin',
    body: () => ({
      name,
      role: operatorRole,
      issuer: issuerUrl(),
      audience: audienceText,
      claims: claims().describe('all of them have to be in the token'),
      keys: issuerKeys().nullable().describe('of a JWK set; null where they are fetched from the issuer'),
    }),
    output: operatorView,
    doc: 'Makes the workloads of whom an issuer says all this an operator, under a name that was never used before.',
  }),
  'operators.enrol': operation({
    method: 'POST',
    path: '/v1/operators/enrol',
    role: 'admin',
    body: () => ({
      name,
      role: operatorRole,
      pubkey: pubkey.describe('whose owner signs each request (NIP-98); of nobody in the federation'),
      expiresAt: unixSeconds.nullable().describe('Unix seconds'),
    }),
    output: operatorView,
    doc: 'Adds an operator who signs requests, under a name and with a key that were never used before.',
  }),
  'operators.unbind': operation({
    ...ofNamed,
    path: '/v1/operators/{name}/unbind',
    output: operatorView,
    doc: 'Ends a binding at once and permanently, and what was given for it.',
  }),
  'tokens.issue': openOperation({
    method: 'POST',
    path: '/v1/token',
    body: () => ({
      identity: text(MAX_IDENTITY_TOKEN).describe('the identity token of a workload, which is good once'),
    }),
    output: issuedView,
    doc: 'Gives a workload that fits a binding a token for ten minutes.',
  }),
  'operators.revoke': operation({
    ...ofNamed,
    path: '/v1/operators/{name}/revoke',
    output: operatorView,
    doc: 'Revokes an operator at once and permanently; twice is once.',
  }),
  'secrets.list': operation({
    method: 'GET',
    path: '/v1/secrets',
    role: 'admin',
    output: secretsPage,
    doc: 'Lists secrets by name, those too that a node names and nobody set. No value is in it.',
  }),
  'secrets.set': operation({
    method: 'POST',
    path: '/v1/secrets',
    role: 'admin',
    body: () => ({ name, value: secretValue }),
    output: secretView,
    doc: 'Sets a secret, or replaces its value. The value is on no record, and is never answered.',
  }),
  'secrets.remove': operation({
    ...ofNamed,
    path: '/v1/secrets/{name}/remove',
    output: secretView,
    doc: 'Removes a secret with its value.',
  }),
  'principals.list': operation({
    method: 'GET',
    path: '/v1/principals',
    role: 'viewer',
    output: principalsPage,
    doc: 'Lists git principals, those too that a node names and nobody set: their secrets by name, and public keys.',
  }),
  'principals.set': operation({
    method: 'POST',
    path: '/v1/principals',
    role: 'admin',
    body: () => ({ name, facts: principalFacts() }),
    output: principalView,
    doc: 'Sets a git principal. A key that signs anything else, or is of a person or another principal, is refused.',
  }),
  'principals.keygen': operation({
    ...ofNamed,
    path: '/v1/principals/{name}/keygen',
    body: () => ({ secret: name }),
    output: principalView,
    doc: 'Makes an SSH key for a git principal, and answers its public half. The other goes nowhere but into grants.',
  }),
  'principals.remove': operation({
    ...ofNamed,
    path: '/v1/principals/{name}/remove',
    output: principalView,
    doc: 'Removes a git principal; its secrets stay.',
  }),
  'trace.list': operation({
    method: 'GET',
    path: '/v1/trace',
    role: 'viewer',
    query: traced,
    output: tracePage,
    doc: 'Lists what runners observed of sessions, in the order in which it came to this Host.',
  }),
  'trace.follow': eventStream({
    method: 'GET',
    path: '/v1/trace/events',
    role: 'viewer',
    query: traced,
    output: traceEntry,
    doc: 'Streams the same, from the cursor on and then as it comes.',
  }),
  'audit.list': operation({
    method: 'GET',
    path: '/v1/audit',
    role: 'viewer',
    query: { cursor: traceCursor.exactOptional().describe('of the entry to go on behind') },
    output: auditPage,
    doc: 'Lists the last requests of operators that change something, or those behind a cursor, in the order in which they were asked.',
  }),
  'audit.follow': eventStream({
    method: 'GET',
    path: '/v1/audit/events',
    role: 'viewer',
    query: { cursor: traceCursor.exactOptional().describe('of the entry to go on behind') },
    output: auditEntry,
    doc: 'Streams the same, from the cursor on and then as it comes.',
  }),
  'audit.checkpoint': operation({
    method: 'GET',
    path: '/v1/audit/checkpoint',
    role: 'viewer',
    output: checkpointView,
    doc: 'Shows what the log of this Host signed of its ledger last. Where lines came since, it signs anew first.',
  }),
  ...SESSION_OPERATIONS,
  'changes.follow': eventStream({
    method: 'GET',
    path: '/v1/changes',
    role: 'viewer',
    query: { cursor: changeCursor.exactOptional().describe('of what was read last') },
    output: changeEvent,
    doc: 'Tells that something in the lists and the status of this Host is not what it was: read again what you show.',
  }),
  'graph.show': operation({
    method: 'GET',
    path: '/v1/graph',
    role: 'viewer',
    output: graphView,
    doc: 'Shows the active graph.',
  }),
  'graph.apply': operation({
    method: 'POST',
    path: '/v1/graph',
    role: 'editor',
    body: () => ({
      canonical: text(MAX_GRAPH_BYTES).describe('the graph in its canonical form (RFC 8785)'),
      base: graphBase,
    }),
    output: appliedView,
    doc: 'Applies a graph as the next revision; fails if the head is not its base any more.',
  }),
  'graph.state': operation({
    method: 'GET',
    path: '/v1/graph/state',
    role: 'viewer',
    output: runStateView,
    doc: 'Shows what runs under the graph now: what a plan has consequences for.',
  }),
  'graph.delivery': operation({
    method: 'GET',
    path: '/v1/graph/delivery',
    role: 'viewer',
    output: deliveryView,
    doc: 'Shows who has acknowledged the active revision.',
  }),
  'graph.history': operation({
    method: 'GET',
    path: '/v1/graph/revisions',
    role: 'viewer',
    query: { cursor: revisionNumber.exactOptional().describe('`next` of the page before') },
    output: historyPage,
    doc: 'Lists the revisions, newest first.',
  }),
  'graph.revision': operation({
    method: 'GET',
    path: '/v1/graph/revisions/{n}',
    role: 'viewer',
    params: { n: revisionNumber },
    output: graphView,
    doc: 'Shows one revision.',
  }),
} as const;

export type OperationId = keyof typeof HOST_API;
export const operationIds = (): OperationId[] => Object.keys(HOST_API) as OperationId[];
/** Those that are answered with one value, and those with a stream of events. */
export type CallId = Exclude<OperationId, StreamId>;
export type StreamId = {
  [K in OperationId]: (typeof HOST_API)[K]['events'] extends true ? K : never;
}[OperationId];
/** Those that whoever is let in may call. */
export type GuardedId = {
  [K in OperationId]: (typeof HOST_API)[K]['role'] extends null ? never : K;
}[OperationId];
export const isGuarded = (id: OperationId): id is GuardedId => HOST_API[id].role !== null;
export const isStream = (id: OperationId): id is StreamId => HOST_API[id].events;
export type ParamsOf<K extends OperationId> = z.output<(typeof HOST_API)[K]['params']>;
export type QueryOf<K extends OperationId> = z.output<(typeof HOST_API)[K]['query']>;
export type RequestBodyOf<K extends OperationId> = z.output<(typeof HOST_API)[K]['body']>;
export type OutputOf<K extends OperationId> = z.output<(typeof HOST_API)[K]['output']>;
