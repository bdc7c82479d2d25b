/** Ends assignments that stand no more: of nodes that the graph no longer has or has changed, on runners without trust. */
import { nodeSpec, nodeText } from '../../core/graph/common-parts.ts';
import { offerIdOf } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../messaging/read-event.ts';
import { fenceFloor } from './assignments.ts';
import { type Host, headOf } from './host.ts';
import { REVOKE } from './kept-assignments.ts';
import { decisionsByHand, endBy } from './placed-by-hand.ts';
import { trustedKeys } from './runners.ts';
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

/** In step with its node last time, and that is as it was. What was offered since may be of a revision between. */
const isInStep = ({ reconciled, graph }: Host, row: RowOf<'assignments'>): boolean => {
  if (reconciled.graph === graph) return true;
  if (row.revision > reconciled.n) return false;
  const [now, before] = [graph?.nodes.get(row.node), reconciled.graph?.nodes.get(row.node)];
  if (now?.kind !== 'agent' || before?.kind !== 'agent') return false;
  return now === before || nodeText(now) === nodeText(before);
};

/** What holds for all of them, read once. */
const readOnce = (host: Host) => ({
  trusted: trustedKeys(host),
  decided: decisionsByHand(host),
  floor: fenceFloor(host.home),
});

/** Why the assignment ends, whatever its node is by now; or null. */
const endNow = (host: Host, row: RowOf<'assignments'>, all: ReturnType<typeof readOnce>): string | null => {
  if (!all.trusted.has(row.runner)) return 'runner_not_trusted';
  return endBy(all.decided.get(row.node), row) ?? (isLetGo(host, row, all.floor) ? 'let_go' : null);
};

/** Why its node ends it, or null. The offer is read again to compare. */
const endByNode = async (host: Host, row: RowOf<'assignments'>): Promise<string | null> => {
  const node = host.graph?.nodes.get(row.node);
  if (node?.kind !== 'agent') return 'node_removed';
  const spec = await specOf(host, row);
  return spec !== null && essence(nodeSpec(node)) === essence(spec) ? null : 'graph_changed';
};

export const reconcileAssignments = async (host: Host): Promise<void> => {
  const { graph } = host;
  const n = headOf(host.home)?.n ?? 0;
  const all = readOnce(host);
  for (const row of host.assignments.open()) {
    const end = endNow(host, row, all) ?? (isInStep(host, row) ? null : await endByNode(host, row));
    if (end !== null) await revoke(host, row, end);
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
