/** What operators decided about where nodes run: kept in the ledger, and done by the loops that place and end. */
import type { RowOf } from '../../core/projection/rows.ts';
import type { PlacementDecision } from '../../core/vocabulary.ts';
import { record } from '../messaging/rejections.ts';
import type { Host } from './host.ts';

export const handDecisionOf = ({ home }: Host, node: string): RowOf<'placed_by_hand'> | undefined =>
  home.tables.get('placed_by_hand', node);

/** Of all assignments that the node has had; 0 for none. */
export const fenceOf = ({ home }: Host, node: string): number =>
  Math.max(0, ...home.tables.list('assignments', { node }).map(({ fence }) => fence));

/** Durable before anything comes of it. Only inside `host.mutex`: it is about all fences up to now. */
export const decidePlacement = async (
  host: Host,
  { node, runner, by }: { node: string; runner: string | null; by: string },
): Promise<void> => {
  const n = (handDecisionOf(host, node)?.n ?? 0) + 1;
  const decision: PlacementDecision = runner === null ? 'revoked' : 'moved';
  await record(host.home, 'assignment.decided', {
    node,
    n,
    fence: fenceOf(host, node),
    decision,
    runner,
    by,
  });
};

/** Nodes that nobody is to run. */
export const revokedNodes = ({ home }: Host): string[] =>
  home.tables.list('placed_by_hand', {}).flatMap((row) => (row.runner === null ? [row.node] : []));

/** The assignment stands no more, by a decision that came after it. */
export const endedByHand = (host: Host, row: RowOf<'assignments'>): PlacementDecision | null =>
  endBy(handDecisionOf(host, row.node), row);
export const endBy = (
  decided: RowOf<'placed_by_hand'> | undefined,
  { fence }: Pick<RowOf<'assignments'>, 'fence'>,
): PlacementDecision | null => (decided && fence <= decided.fence ? decided.decision : null);

/** By node. */
export const decisionsByHand = ({ home }: Host): ReadonlyMap<string, RowOf<'placed_by_hand'>> =>
  new Map(home.tables.list('placed_by_hand', {}).map((row) => [row.node, row]));

/** The runner (public key) that the node was moved to, while nobody was offered it since. */
export const targetOfMove = (host: Host, node: string): string | null => {
  const decided = handDecisionOf(host, node);
  return decided && fenceOf(host, node) <= decided.fence ? decided.runner : null;
};
