/** Assignments: one node at one revision to one runner, under a fence that only rises. */
import { EntangleError } from '../../core/errors.ts';
import { misfit } from '../../core/graph/fit.ts';
import { nodeFile } from '../../core/graph/revision.ts';
import { npub, uuidv7 } from '../../core/id.ts';
import type { Row } from '../../core/projection/tables.ts';
import { challengeOf } from '../node-proof.ts';
import { record } from '../rejects.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { findRunner, offerOf } from './runners.ts';

const OPEN = ['offered', 'accepted', 'active'];

const viewOf = (host: Host, row: Row) => {
  const renewed = host.renewed.get(String(row.id));
  const left = renewed === undefined ? 0 : renewed + host.leaseMs - host.home.clock.monotonic();
  return {
    id: String(row.id),
    node: String(row.node),
    runner: String(host.home.tables.get('hellos', row.runner!)?.name ?? ''),
    fence: Number(row.fence),
    revision: Number(row.revision),
    state: String(row.state),
    reason: row.reason,
    npub: row.pubkey === null ? null : npub(String(row.pubkey)),
    leaseLeftMs: Math.max(0, Math.round(left)),
  };
};

export const listAssignments = (host: Host) => ({
  items: host.home.tables.list('assignments').map((row) => viewOf(host, row)),
  next: null,
});

/** Offers a node to a runner. Idempotent: the same node on the same runner is the assignment there is. */
export const createAssignment = async (host: Host, wanted: { node: string; runner: string }) => {
  const { home } = host;
  const node = host.graph?.nodes.get(wanted.node);
  if (node?.kind !== 'agent')
    throw new EntangleError('not_found', `the active graph has no agent "${wanted.node}"`, {
      hint: 'See `entangle graph show`.',
    });
  const runner = findRunner(host, wanted.runner);
  if (home.tables.get('trust', runner.pubkey!)?.state !== 'trusted')
    throw new EntangleError('not_authorized', `runner "${wanted.runner}" is not trusted`, {
      hint: `Compare its words and run \`entangle host runner trust ${wanted.runner}\`.`,
    });
  const reason = misfit(node, offerOf(runner));
  if (reason !== null)
    throw new EntangleError('conflict', `runner "${wanted.runner}" cannot run "${wanted.node}": ${reason}`);
  const before = home.tables.list('assignments', { node: wanted.node });
  const open = before.find((row) => OPEN.includes(String(row.state)));
  if (open?.runner === runner.pubkey) return viewOf(host, open!);
  if (open && isLeaseOver(host, open))
    await record(home, 'assignment.expired', { assignment: String(open.id), fence: Number(open.fence) });
  else if (open)
    throw new EntangleError('conflict', `"${wanted.node}" is assigned to another runner`, {
      hint: 'A node runs in one place at a time. When that runner is gone, try again after its lease has passed.',
    });
  const id = uuidv7(home.clock.now(), home.random.bytes(10));
  const fence = Math.max(0, ...before.map((row) => Number(row.fence))) + 1;
  const head = headOf(home)!;
  await host.exchange.send([
    {
      type: 'assignment.offer',
      from: home.self.pubkey,
      to: String(runner.pubkey),
      dedup: `offer:${id}`,
      body: {
        assignment: id,
        node: wanted.node,
        fence,
        revision: head.n,
        digest: head.digest,
        leaseMs: host.leaseMs,
        challenge: challengeOf(home, id, fence),
        spec: JSON.stringify(nodeFile(node)),
      },
    },
  ]);
  return viewOf(host, home.tables.get('assignments', id)!);
};

/** Only when the last renewal plus the lease has surely passed: until then the runner may still act. */
const isLeaseOver = (host: Host, row: Row): boolean => {
  const last = host.renewed.get(String(row.id)) ?? host.startedAt;
  return host.home.clock.monotonic() > last + Number(row.lease) + LEASE_MARGIN_MS;
};
const LEASE_MARGIN_MS = 5000;
