/** What runs under the graph now, what it was before, and whom its newest revision has reached. */
import { canonicalize } from '../../core/encoding/canonical.ts';
import type { RunState } from '../../core/graph/change/run-state.ts';
import type { Graph } from '../../core/graph/model.ts';
import { routesOf } from '../../core/graph/routes.ts';
import type { Party } from '../../core/host-api/shapes.ts';
import { openAssignments } from '../../core/projection/queries.ts';
import { graphOfRevision, revisionView } from './graph.ts';
import { openSessions } from './held-sessions.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { candidates } from './place.ts';
import { revokedNodes } from './placed-by-hand.ts';
import { principalsOf } from './principal-keys.ts';
import { liveAssignment, routesBasis } from './routes.ts';
import { listRunners } from './runners.ts';
import { secretNames } from './secrets.ts';

const PAGE = 200;

/** Newest first; `next` is the number to go on before. */
export const listHistory = (host: Host, before: string | null) => {
  const head = headOf(host.home)?.n ?? 0;
  const last = before === null ? head + 1 : Number(before);
  const rows = host.home.tables.list(
    'revisions',
    {},
    { order: 'n', descending: true, limit: PAGE, after: last },
  );
  const items = rows.map((row) => ({ ...revisionView(row), active: row.n === head }));
  const lowest = items.at(-1)?.revision ?? 1;
  return { items, next: lowest > 1 ? String(lowest) : null };
};

/** Assignments and open sessions: what a plan has consequences for. */
export const graphState = (host: Host): RunState => {
  const { tables } = host.home;
  const runnerName = (key: string): string => tables.get('hellos', key)?.name ?? '';
  const nodeName = (key: string): string =>
    tables.get('users', key)?.name ?? tables.get('keys', key)?.name ?? '';
  return {
    assignments: openAssignments(tables).map((row) => ({
      node: row.node,
      runner: runnerName(row.runner),
    })),
    sessions: openSessions(host.home).map(({ row, held }) => ({
      id: row.id,
      node: row.node,
      requester: nodeName(row.requester),
      held,
    })),
    approvals: tables
      .list('approvals', { open: 1 })
      .map(({ id, session, operation }) => ({ id, session, operation })),
    secrets: secretNames(host),
    principals: principalsOf(host),
    revoked: revokedNodes(host),
    decisions: tables.list('placed_by_hand', {}).map(({ node, n }) => ({ node, n })),
    runners: candidates(host).map(({ pubkey: _key, ...offer }) => offer),
  };
};

const neighbourhoodText = (graph: Graph | null, name: string): string | null => {
  const routes = graph && routesOf(graph, name, (text) => text);
  return routes ? canonicalize(routes) : null;
};

const isAcked = (host: Host, owner: string, to: string): boolean => {
  const { tables, self, epoch } = host.home;
  const said = tables.get('routes', owner);
  if (!said || said.epoch !== epoch?.n) return false;
  const unacked = (type: string) => tables.list('outbox', { sender: self.pubkey, recipient: to, type });
  const isListOut =
    said.list === null ||
    tables
      .list('blob_requests', { sha256: said.list, asker: to, served: 1 })
      .some(({ id }) => !unacked('blob.part').some((row) => row.dedup.startsWith(`part:${id}:`)));
  return isListOut && !unacked('routes').some((row) => row.dedup.split(':')[2] === owner.slice(0, 16));
};

/**
 * Who has acknowledged the routes that the head gives them, of whatever revision they were said: whom it does not concern
 * need not be told. Nobody while some of it is still to be said. Agents that run nowhere have
 * nothing to acknowledge and are left out.
 */
export const graphDelivery = async (host: Host) => {
  const head = headOf(host.home);
  const row = head && host.home.tables.get('revisions', head.n - 1);
  const before = row ? await graphOfRevision(host, row) : null;
  const live = new Set(
    listRunners(host)
      .items.filter((one) => one.liveness === 'live')
      .map((one) => one.name),
  );
  const isTold = host.told === routesBasis(host);
  const parties = [...(host.graph?.nodes ?? [])].flatMap(([node, { kind, ...rest }]): Party[] => {
    const affected = neighbourhoodText(before, node) !== neighbourhoodText(host.graph, node);
    if ('pubkey' in rest)
      return [
        { node, kind, affected, online: null, acked: isTold && isAcked(host, rest.pubkey, rest.pubkey) },
      ];
    const assignment = liveAssignment(host, node);
    if (!assignment) return [];
    const runner = host.home.tables.get('hellos', assignment.runner)?.name ?? '';
    const acked = isTold && isAcked(host, assignment.pubkey, assignment.runner);
    return [{ node, kind, affected, online: live.has(runner), acked }];
  });
  return { revision: head?.n ?? 0, parties };
};
