/** Assignments: one node at one revision to one runner, under a fence that only rises. */

import { isWord } from '../../core/encoding/grammar.ts';
import { npub, uuidv7 } from '../../core/encoding/id.ts';
import { EntangleError } from '../../core/errors.ts';
import { nodeSpec } from '../../core/graph/common-parts.ts';
import { mismatch, type RunnerOffer, sandboxRemedy } from '../../core/graph/fit.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import type { AssignmentView } from '../../core/host-api/shapes.ts';
import { isLeaving, openAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { OPEN_ASSIGNMENT_STATES } from '../../core/vocabulary.ts';
import type { Home } from '../messaging/home.ts';
import { challengeOf } from '../messaging/node-proof.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { isLeaseOver, runStill } from './kept-assignments.ts';
import { decidePlacement, endedByHand, revokedNodes } from './placed-by-hand.ts';
import { offerOf, requireTrusted } from './runners.ts';

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
    leaving: isWord(OPEN_ASSIGNMENT_STATES, row.state) && isLeaving(host.home.tables, row.runner),
    leaseLeftMs: Math.max(0, Math.round(left)),
  };
};

export const listAssignments = (host: Host) => ({
  items: host.home.tables.list('assignments').map((row) => viewOf(host, row)),
  next: null,
});

/** Offers a node to a runner. Idempotent: the same node on the same runner is the assignment there is. */
export const createAssignment = (host: Host, wanted: { node: string; runner: string }, by: string) =>
  host.mutex(async () => {
    const node = agentInGraph(host, wanted.node);
    const runner = requireTrusted(host, wanted.runner);
    requireRunnerFits(wanted.node, node, offerOf(runner));
    const open = openAssignments(host.home.tables).find((row) => row.node === wanted.node);
    if (open && endedByHand(host, open) !== null) throw beingTakenOff(wanted.node);
    if (open?.runner === runner.pubkey) return viewOf(host, open!);
    if (isRunElsewhere(host, wanted.node, runner.pubkey)) throw inTheWay(wanted.node);
    if (open) await expireAssignment(host, open);
    if (revokedNodes(host).includes(wanted.node))
      await decidePlacement(host, { node: wanted.node, runner: runner.pubkey, by });
    return viewOf(host, await offerNode(host, wanted.node, node, runner.pubkey));
  });

export const agentInGraph = ({ graph }: Host, name: string): AgentNode => {
  const node = graph?.nodes.get(name);
  if (node?.kind === 'agent') return node;
  throw new EntangleError('not_found', `the active graph has no agent "${name}"`, {
    hint: 'see `entangle graph show`',
  });
};

export const requireRunnerFits = (name: string, node: AgentNode, offer: RunnerOffer): void => {
  const reason = mismatch(node, offer);
  if (reason === null) return;
  throw new EntangleError('conflict', `runner "${offer.name}" cannot run "${name}": ${reason}`, {
    hint: sandboxRemedy(node, [offer]) ?? 'change the node in the graph, or choose another runner',
  });
};

/** Ends an assignment that nobody renews any more; one that may still be alive is in the way. */
const expireAssignment = async (host: Host, row: RowOf<'assignments'>): Promise<void> => {
  if (!isLeaseOver(host, row)) throw inTheWay(row.node);
  await record(host.home, 'assignment.expired', { assignment: row.id, fence: row.fence });
};

/** What is open still was ended by a decision, which is about to be carried out. */
const beingTakenOff = (node: string): EntangleError =>
  new EntangleError('conflict', `"${node}" is being taken off its runner`, {
    hint: 'try again in a moment',
  });

const inTheWay = (node: string): EntangleError =>
  new EntangleError('conflict', `"${node}" is assigned to another runner`, {
    hint: `use \`entangle host assignment move ${node} --to RUNNER\`, or set \`placement: { runner: NAME }\` in the graph`,
  });

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
        spec: nodeSpec(node),
      },
    },
  ]);
  const row = home.tables.get('assignments', id);
  if (!row) throw new Error(`assignment ${id} was offered and is not in the read models`);
  return row;
};

/** Fences of a home that took over go on above it: none that another one offered is as high. */
export const fenceFloor = ({ tables }: Home): number => tables.get('epoch', 'takeover')?.n ?? 0;

const isRunElsewhere = (host: Host, node: string, runner: string): boolean =>
  (runStill(host).get(node) ?? []).some((one) => one !== runner);
