/** Assignments: one node at one revision to one runner, under a fence that only rises. */

import { npub, uuidv7 } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { mismatch, type RunnerOffer, sandboxRemedy } from '../../core/graph/fit.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { nodeFile } from '../../core/graph/revision.ts';
import type { AssignmentView } from '../../core/host-api/shapes.ts';
import { openAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import type { Home } from '../messaging/home.ts';
import { challengeOf } from '../messaging/node-proof.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { findRunner, isTrusted, offerOf } from './runners.ts';

const viewOf = (host: Host, row: RowOf<'assignments'>): AssignmentView => {
  const since = host.presence.sinceRenewal(row.id);
  const left = since === null ? 0 : host.leaseMs - since;
  return {
    id: row.id,
    node: row.node,
    runner: host.home.tables.get('hellos', row.runner)?.name ?? '',
    fence: row.fence,
    revision: row.revision,
    state: row.state,
    reason: row.reason,
    detail: row.detail,
    npub: row.pubkey === null ? null : npub(row.pubkey),
    leaseLeftMs: Math.max(0, Math.round(left)),
  };
};

export const listAssignments = (host: Host) => ({
  items: host.home.tables.list('assignments').map((row) => viewOf(host, row)),
  next: null,
});

/** Offers a node to a runner. Idempotent: the same node on the same runner is the assignment there is. */
export const createAssignment = (host: Host, wanted: { node: string; runner: string }) =>
  host.mutex(async () => {
    const node = host.graph?.nodes.get(wanted.node);
    if (node?.kind !== 'agent')
      throw new EntangleError('not_found', `the active graph has no agent "${wanted.node}"`, {
        hint: 'see `entangle graph show`',
      });
    const runner = findRunner(host, wanted.runner);
    if (!isTrusted(host, runner.pubkey))
      throw new EntangleError('not_authorized', `runner "${wanted.runner}" is not trusted`, {
        hint: `trust it first: \`entangle host runner trust ${wanted.runner}\``,
      });
    requireFit(wanted, node, offerOf(runner));
    const open = openAssignments(host.home.tables).find((row) => row.node === wanted.node);
    if (open?.runner === runner.pubkey) return viewOf(host, open!);
    if (open) await expireAssignment(host, open);
    return viewOf(host, await offerNode(host, wanted.node, node, runner.pubkey));
  });

const requireFit = (wanted: { node: string }, node: AgentNode, offer: RunnerOffer): void => {
  const reason = mismatch(node, offer);
  if (reason === null) return;
  throw new EntangleError('conflict', `runner "${offer.name}" cannot run "${wanted.node}": ${reason}`, {
    hint: sandboxRemedy(node, [offer]) ?? 'change the node in the graph, or choose another runner',
  });
};

/** Ends an assignment that nobody renews any more; one that may still be alive is in the way. */
const expireAssignment = async (host: Host, row: RowOf<'assignments'>): Promise<void> => {
  if (!isLeaseOver(host, row))
    throw new EntangleError('conflict', `"${row.node}" is assigned to another runner`, {
      hint: `set \`placement: { runner: NAME }\` in the graph, or, if that runner is gone, try again when its lease is over`,
    });
  await record(host.home, 'assignment.expired', { assignment: row.id, fence: row.fence });
};

/** Its runner is not heard any more, and may do nothing for it: the node may go elsewhere. */
export const isLeft = (host: Host, row: RowOf<'assignments'>): boolean =>
  host.presence.isSilent(row.runner) && isLeaseOver(host, row);

/** It goes elsewhere: what its runner still says under that fence is refused, and it is told when it is heard again. */
export const leaveRunner = async ({ home }: Host, row: RowOf<'assignments'>): Promise<void> => {
  const runner = home.tables.get('hellos', row.runner)?.name ?? npub(row.runner);
  home.log('warning', `"${row.node}" leaves runner ${runner}, which is silent beyond its lease`);
  const body = { assignment: row.id, fence: row.fence, reason: 'runner_silent' };
  await record(home, 'assignment.expired', body);
};

/** Under the next fence of the node. Only inside `host.mutex`: two offers at once would share a fence. */
export const offerNode = async (
  host: Host,
  name: string,
  node: AgentNode,
  runner: string,
): Promise<RowOf<'assignments'>> => {
  const { home } = host;
  const id = uuidv7(home.clock.now(), home.random.bytes(10));
  const fences = home.tables.list('assignments', { node: name }).map((row) => row.fence);
  const fence = Math.max(fenceFloor(home), ...fences) + 1;
  const head = headOf(home)!;
  await host.exchange.send([
    {
      type: 'assignment.offer',
      from: home.self.pubkey,
      to: runner,
      dedup: `offer:${id}`,
      body: {
        assignment: id,
        node: name,
        fence,
        revision: head.n,
        digest: head.digest,
        leaseMs: host.leaseMs,
        challenge: challengeOf(home, id, fence),
        spec: JSON.stringify(nodeFile(node)),
      },
    },
  ]);
  const row = home.tables.get('assignments', id);
  if (!row) throw new Error(`assignment ${id} was offered and is not in the read models`);
  return row;
};

/** Fences of a home that took over go on above it: none that another one offered is as high. */
export const fenceFloor = ({ tables }: Home): number => tables.get('epoch', 'takeover')?.n ?? 0;

/** Only when the last renewal plus the lease has surely passed: until then the runner may still act. */
export const isLeaseOver = ({ presence }: Host, row: RowOf<'assignments'>): boolean =>
  presence.sinceLastPossibleRenewal(row.id) > row.lease + LEASE_MARGIN_MS;
const LEASE_MARGIN_MS = 5000;
