/** Ends assignments that stand no more: of nodes that the graph no longer has or has changed, on runners without trust. */
import type { Graph } from '../../core/graph/model.ts';
import { nodeFile } from '../../core/graph/revision.ts';
import { offerIdOf, openAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../messaging/read-event.ts';
import { REVOKE } from './held-assignments.ts';
import { type Host, headOf } from './host.ts';
import { endedByHand } from './placed-by-hand.ts';
import { isTrusted } from './runners.ts';
import { isLetGo } from './taken-over.ts';

/** What a running node hangs on: all of its description but who approves, which reaches it as routes. */
const essence = (spec: string): string => {
  const { policy, ...rest } = JSON.parse(spec);
  return JSON.stringify({ ...rest, policy: { ...policy, approval: null } });
};

const specOf = async (host: Host, row: RowOf<'assignments'>): Promise<string | null> => {
  const body = await readBody<BodyOf<'assignment.offer'>>(host.home, offerIdOf(row));
  return body?.spec ?? null;
};

const textIn = (graph: Graph | null, node: string): string | null => {
  const found = graph?.nodes.get(node);
  return found?.kind === 'agent' ? JSON.stringify(nodeFile(found)) : null;
};

/** In step with its node last time, and that is as it was. What was offered since may be of a revision between. */
const isInStep = ({ reconciled, graph }: Host, row: RowOf<'assignments'>): boolean => {
  if (reconciled.graph === graph) return true;
  if (row.revision > reconciled.n) return false;
  const now = textIn(graph, row.node);
  return now !== null && now === textIn(reconciled.graph, row.node);
};

/** Why the assignment ends, or null. Offers are read again only where their node is another than last time. */
const endOf = async (host: Host, row: RowOf<'assignments'>): Promise<string | null> => {
  if (!isTrusted(host, row.runner)) return 'runner_not_trusted';
  const decided = endedByHand(host, row);
  if (decided !== null) return decided;
  if (isLetGo(host, row)) return 'let_go';
  if (isInStep(host, row)) return null;
  const node = host.graph?.nodes.get(row.node);
  if (node?.kind !== 'agent') return 'node_removed';
  const spec = await specOf(host, row);
  return spec !== null && essence(JSON.stringify(nodeFile(node))) === essence(spec) ? null : 'graph_changed';
};

export const reconcileAssignments = async (host: Host): Promise<void> => {
  const { graph } = host;
  const n = headOf(host.home)?.n ?? 0;
  for (const row of openAssignments(host.home.tables)) {
    const reason = await endOf(host, row);
    if (reason !== null) await revoke(host, row, reason);
  }
  host.reconciled = { graph, n };
};

const revoke = (host: Host, row: RowOf<'assignments'>, reason: string): Promise<void> =>
  host.exchange.send([
    {
      type: 'assignment.revoke',
      from: host.home.self.pubkey,
      to: row.runner,
      body: { assignment: row.id, fence: row.fence, reason },
      dedup: `${REVOKE}${row.id}`,
    },
  ]);
