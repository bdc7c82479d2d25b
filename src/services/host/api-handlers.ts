/** What each operation of the Host API does; a row of the table without a handler does not compile. */
import type { RequestParts } from '../../core/host-api/check.ts';
import type { CallId, GuardedId, OutputOf, StreamId } from '../../core/host-api/table.ts';
import { createAssignment, listAssignments } from './assignments.ts';
import { auditBehind, listAudit } from './audit.ts';
import { showAuthority } from './authority.ts';
import { bindOperator, unbindOperator } from './bindings.ts';
import { cancelSession } from './cancel-session.ts';
import { changesBehind } from './changes.ts';
import { showCheckpoint } from './checkpoints.ts';
import { applyGraph, showGraph } from './graph.ts';
import { graphDelivery, graphState, listHistory } from './graph-state.ts';
import type { Host } from './host.ts';
import { invite } from './invite.ts';
import { showMetrics } from './metrics.ts';
import { moveNode, revokeNode } from './move-node.ts';
import { enrolOperator } from './operator-keys.ts';
import { addOperator, listOperators, revokeOperator } from './operators.ts';
import { listPrincipals, makePrincipalKey, removePrincipal, setPrincipal } from './principals.ts';
import { decideTrust, listRunners, showRunner } from './runners.ts';
import { listSecrets, removeSecret, setSecret } from './secrets.ts';
import { listSessions, showSession } from './sessions.ts';
import { listRejects, status } from './status.ts';
import type { Look } from './streams.ts';
import { listTrace, traceBehind } from './trace.ts';

/** Of whoever was let in. */
export type HandledId = CallId & GuardedId;

/** An answer is only written out: nothing in it needs to be changeable. */
type Answer<T> = T extends object ? { readonly [N in keyof T]: Answer<T[N]> } : T;
type Handler<K extends HandledId> = (
  host: Host,
  /** `by` is the name of the operator who asks. */
  request: RequestParts<K> & { by: string },
) => Answer<OutputOf<K>> | Promise<Answer<OutputOf<K>>>;

export const HANDLERS: { readonly [K in HandledId]: Handler<K> } = {
  'status.show': (host) => status(host),
  'metrics.show': (host) => showMetrics(host),
  'authority.show': (host) => showAuthority(host),
  'rejects.list': (host) => listRejects(host),
  'runners.list': (host) => listRunners(host),
  'runners.show': (host, { params }) => showRunner(host, params.name),
  'runners.trust': (host, { params, body }) => decideTrust(host, params.name, body.state, body.words),
  'invites.create': (host, { body }) => invite(host, body),
  'assignments.list': (host) => listAssignments(host),
  'assignments.create': (host, { body, by }) => createAssignment(host, body, by),
  'assignments.move': (host, { params, body, by }) => moveNode(host, { ...params, ...body }, by),
  'assignments.revoke': (host, { params, body, by }) => revokeNode(host, { ...params, ...body }, by),
  'operators.list': (host) => listOperators(host),
  'operators.add': (host, { body, by }) => addOperator(host, body, by),
  'operators.bind': (host, { body, by }) => bindOperator(host, body, by),
  'operators.enrol': (host, { body, by }) => enrolOperator(host, body, by),
  'operators.unbind': (host, { params, by }) => unbindOperator(host, params.name, by),
  'operators.revoke': (host, { params, by }) => revokeOperator(host, params.name, by),
  'secrets.list': (host) => listSecrets(host),
  'secrets.set': (host, { body, by }) => setSecret(host, body, by),
  'secrets.remove': (host, { params, by }) => removeSecret(host, params.name, by),
  'principals.list': (host) => listPrincipals(host),
  'principals.set': (host, { body, by }) => setPrincipal(host, body, by),
  'principals.keygen': (host, { params: { name }, body, by }) =>
    makePrincipalKey(host, { name, secret: body.secret }, by),
  'principals.remove': (host, { params, by }) => removePrincipal(host, params.name, by),
  'trace.list': (host, { query }) => listTrace(host.home, query),
  'audit.list': (host, { query }) => listAudit(host.home, query),
  'audit.checkpoint': (host) => showCheckpoint(host),
  'sessions.list': (host, { query }) => listSessions(host.home, query),
  'sessions.show': (host, { params }) => showSession(host.home, params.session),
  'sessions.cancel': async (host, { params, body, by }) => {
    await cancelSession(host, { ...params, ...body }, by);
    return showSession(host.home, params.session);
  },
  'graph.show': (host) => showGraph(host, null),
  'graph.apply': (host, { body, by }) => applyGraph(host, body, by),
  'graph.state': (host) => graphState(host),
  'graph.delivery': (host) => graphDelivery(host),
  'graph.history': (host, { query }) => listHistory(host, query.cursor ?? null),
  'graph.revision': (host, { params }) => showGraph(host, Number(params.n)),
};

/** What each stream gives behind a cursor. Called once when it is opened: what it throws then is the answer. */
export const STREAMS: { readonly [K in StreamId]: (host: Host, request: RequestParts<K>) => Look } = {
  'trace.follow': (host, { query }) => traceBehind(host.home, query),
  'audit.follow': (host, { query }) => auditBehind(host.home, query),
  'changes.follow': (host) => changesBehind(host),
};
