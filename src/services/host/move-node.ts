/** An operator moves a node, or takes it off: the decision is on record first, and the loop does what comes of it. */
import { EntangleError } from '../../core/errors.ts';
import type { PlacementView } from '../../core/host-api/placement-view.ts';
import { openAssignments } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { agentInGraph, requireRunnerFits } from './assignments.ts';
import type { Host } from './host.ts';
import { decidePlacement, endedByHand, fenceOf, handDecisionOf, revokedNodes } from './placed-by-hand.ts';
import { offerOf, requireTrusted } from './runners.ts';

type Wanted = { node: string; fence: number; decisions: number };

export const moveNode = (host: Host, wanted: Wanted & { runner: string }, by: string) =>
  host.mutex(async (): Promise<PlacementView> => {
    const { node } = wanted;
    const agent = agentInGraph(host, node);
    const runner = requireTrusted(host, wanted.runner);
    requireRunnerFits(node, agent, offerOf(runner));
    if (!host.presence.isLive(runner.pubkey))
      throw new EntangleError('conflict', `runner "${runner.name}" cannot run "${node}": it is not live`, {
        hint: 'check it: `entangle host runner list`, or choose another runner',
      });
    const from = leaves(host, wanted);
    if (from?.pubkey === runner.pubkey)
      throw new EntangleError('conflict', `"${node}" is assigned to runner "${runner.name}" already`);
    await decidePlacement(host, { node, runner: runner.pubkey, by });
    host.poke();
    const { fence } = wanted;
    return { node, decision: 'moved', from: from?.name ?? null, runner: runner.name, fence };
  });

export const revokeNode = (host: Host, wanted: Wanted, by: string) =>
  host.mutex(async (): Promise<PlacementView> => {
    const { node, fence } = wanted;
    agentInGraph(host, node);
    if (revokedNodes(host).includes(node))
      throw new EntangleError('conflict', `"${node}" is taken off already`, {
        hint: `run \`entangle host assignment move ${node}\` to bring it back`,
      });
    const from = leaves(host, wanted);
    await decidePlacement(host, { node, runner: null, by });
    host.poke();
    return { node, decision: 'revoked', from: from?.name ?? null, runner: null, fence };
  });

/** The runner that has it. What was looked at before has to be what there is now. */
const leaves = (host: Host, { node, fence, decisions }: Wanted) => {
  const { tables } = host.home;
  const decided = handDecisionOf(host, node);
  // Nothing comes of a decision at once, so the fence alone would let the second of two undo the first unseen
  if (decided && decided.n !== decisions) throw decidedMeanwhile(host, decided);
  const now = fenceOf(host, node);
  if (now !== fence)
    throw new EntangleError('conflict', `"${node}" was assigned anew meanwhile: its fence is ${now}`, {
      hint: 'see `entangle host assignment list`, and try again',
    });
  const open = openAssignments(tables).find((row) => row.node === node && endedByHand(host, row) === null);
  return open && { pubkey: open.runner, name: tables.get('hellos', open.runner)?.name ?? '' };
};

const decidedMeanwhile = ({ home }: Host, { node, runner, by }: RowOf<'placed_by_hand'>): EntangleError => {
  const to =
    runner === null ? 'taken off' : `moved to ${home.tables.get('hellos', runner)?.name ?? 'a runner'}`;
  return new EntangleError('conflict', `"${node}" was ${to} meanwhile, by operator "${by}"`, {
    hint: 'see `entangle host assignment list`, and try again',
  });
};
