/** Keeps assignments in step with the graph: what it no longer has is revoked, what it changed is offered anew. */
import { nodeFile } from '../../core/graph/revision.ts';
import type { Row } from '../../core/projection/tables.ts';
import type { BodyOf } from '../../core/protocol/table.ts';
import { readBody } from '../read-event.ts';
import { createAssignment } from './assignments.ts';
import type { Host } from './host.ts';

const OPEN = ['offered', 'accepted', 'active'];

/** What a running node hangs on: all of its description but who approves, which reaches it as routes. */
const essence = (spec: string): string => {
  const { policy, ...rest } = JSON.parse(spec);
  return JSON.stringify({ ...rest, policy: { ...policy, approval: null } });
};

const specOf = async (host: Host, row: Row): Promise<string | null> => {
  const body = await readBody<BodyOf<'assignment.offer'>>(host.home, String(row.offer).split(':')[1] ?? '');
  return body?.spec ?? null;
};

/** Runs after each revision, and once at the start. */
export const keepAssignments = async (host: Host): Promise<void> => {
  if (!host.graph || host.kept === host.graph) return;
  const { graph } = host;
  for (const row of OPEN.flatMap((state) => host.home.tables.list('assignments', { state }))) {
    const node = graph.nodes.get(String(row.node));
    const now = node?.kind === 'agent' ? essence(JSON.stringify(nodeFile(node))) : null;
    const spec = await specOf(host, row);
    if (spec !== null && now === essence(spec)) continue;
    await revoke(host, row, node ? 'graph_changed' : 'node_removed');
    if (node?.kind === 'agent') await offerAgain(host, row);
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

/** To the same runner, which lets the lower fence go; where it does not fit any more the operator decides. */
const offerAgain = async (host: Host, row: Row): Promise<void> => {
  const runner = host.home.tables.get('hellos', row.runner!);
  try {
    await createAssignment(host, { node: String(row.node), runner: String(runner?.name) });
  } catch (error) {
    host.home.log(
      'warning',
      `"${row.node}" is not assigned any more: ${error instanceof Error ? error.message : error}`,
    );
  }
};
