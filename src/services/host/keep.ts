/** Ends assignments that stand no more: of nodes that the graph no longer has or has changed, on runners without trust. */
import { nodeFile } from '../../core/graph/revision.ts';
import type { Row } from '../../core/projection/tables.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../read-event.ts';
import { openAssignments } from './assignments.ts';
import type { Host } from './host.ts';
import { isTrusted } from './runners.ts';

/** What a running node hangs on: all of its description but who approves, which reaches it as routes. */
const essence = (spec: string): string => {
  const { policy, ...rest } = JSON.parse(spec);
  return JSON.stringify({ ...rest, policy: { ...policy, approval: null } });
};

const specOf = async (host: Host, row: Row): Promise<string | null> => {
  const body = await readBody<BodyOf<'assignment.offer'>>(host.home, String(row.offer).split(':')[1] ?? '');
  return body?.spec ?? null;
};

/** Why the assignment ends, or null. Offers are read again only where the graph is another than last time. */
const endOf = async (host: Host, row: Row, isNew: boolean): Promise<string | null> => {
  if (!isTrusted(host, String(row.runner))) return 'runner_not_trusted';
  if (!isNew) return null;
  const node = host.graph?.nodes.get(String(row.node));
  if (node?.kind !== 'agent') return 'node_removed';
  const spec = await specOf(host, row);
  return spec !== null && essence(JSON.stringify(nodeFile(node))) === essence(spec) ? null : 'graph_changed';
};

export const keepAssignments = async (host: Host): Promise<void> => {
  const { graph } = host;
  if (!graph) return;
  const isNew = host.kept !== graph;
  for (const row of openAssignments(host)) {
    const reason = await endOf(host, row, isNew);
    if (reason !== null) await revoke(host, row, reason);
  }
  host.kept = graph;
};

const revoke = (host: Host, row: Row, reason: string): Promise<void> =>
  host.exchange.send([
    {
      type: 'assignment.revoke',
      from: host.home.self.pubkey,
      to: String(row.runner),
      body: { assignment: String(row.id), fence: Number(row.fence), reason },
      dedup: `revoke:${row.id}`,
    },
  ]);
