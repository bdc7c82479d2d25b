/**
 * Places what the graph has and nobody runs: on a trusted, live runner that fits. What runs stays where it is, unless its runner
 * is silent beyond its lease and another one fits (docs/decisions/0131).
 */
import { type Candidate, choose, mismatch } from '../../core/graph/fit.ts';
import { memoryNeed } from '../../core/graph/memory.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { offerIdOf, runnerHellos } from '../../core/projection/queries.ts';
import type { RowOf } from '../../core/projection/rows.ts';
import { fenceFloor, isLeft, leaveRunner, offerNode } from './assignments.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { runStill } from './kept-assignments.ts';
import { revokedNodes, targetOfMove } from './placed-by-hand.ts';
import { isTrusted, offerOf } from './runners.ts';

type Place = Candidate & { pubkey: string };

/** Every trusted runner. */
export const candidates = (host: Host): Place[] => {
  const open = host.assignments.open();
  const needOf = (name: string): number => {
    const node = host.graph?.nodes.get(name);
    return node?.kind === 'agent' ? memoryNeed(node.engine) : 0;
  };
  return runnerHellos(host.home.tables)
    .filter((row) => isTrusted(host, row.pubkey))
    .map((row) => ({
      ...offerOf(row),
      pubkey: row.pubkey,
      live: host.presence.isLive(row.pubkey),
      load: open.filter((one) => one.runner === row.pubkey).length,
      taken: open.filter((one) => one.runner === row.pubkey).reduce((sum, one) => sum + needOf(one.node), 0),
    }));
};

/** When the runner last presented itself, and when it was offered this: as lines of the ledger. */
const helloLine = ({ home }: Host, sender: string): number =>
  home.tables.list('messages', { type: 'runner.hello', dir: 'in', sender }, NEWEST)[0]?.line ?? 0;
const offerLine = ({ home }: Host, row: RowOf<'assignments'>): number =>
  home.tables.get('messages', offerIdOf(row), 'out')?.line ?? 0;
const NEWEST = { order: 'line', descending: true, limit: 1 } as const;

/** So often a runner is offered a node at one revision that it refuses for want of a probe, or takes and fails at: one that only says so has an end. */
const MOST_TRIES = 8;

/**
 * What a runner tried of agents since may be what it missed, and a home that took over offers under a higher fence;
 * nothing else of a refusal passes at the same revision.
 */
const isRefusedStill = (
  host: Host,
  row: RowOf<'assignments'>,
  refused: readonly RowOf<'assignments'>[],
): boolean => {
  if (row.reason === 'stale_fence') return row.fence > fenceFloor(host.home);
  if (row.reason !== 'no_probe') return true;
  const untried = refused.filter(({ runner, reason }) => runner === row.runner && reason === 'no_probe');
  return untried.length >= MOST_TRIES || helloLine(host, row.runner) < offerLine(host, row);
};

/** One that refused the node at this revision is not asked again before the next. */
const chooseFor = (host: Host, node: AgentNode, name: string, among: readonly Place[]): Place | null => {
  const target = targetOfMove(host, name);
  const to = among.find(({ pubkey }) => pubkey === target);
  // By an operator's word: while it may still be heard of, it is waited for
  if (to && mismatch(node, to) === null && !host.presence.isSilent(to.pubkey)) return to.live ? to : null;
  const past = host.home.tables.list('assignments', { node: name });
  const revision = headOf(host.home)!.n;
  const rejected = past.filter((row) => row.state === 'rejected' && row.revision === revision);
  const failed = past.filter((row) => row.state === 'failed' && row.revision === revision);
  const refused = new Set([
    ...rejected.filter((row) => isRefusedStill(host, row, rejected)).map((row) => row.runner),
    ...[...Map.groupBy(failed, ({ runner }) => runner)].flatMap(([runner, of]) =>
      of.length < MOST_TRIES ? [] : [runner],
    ),
  ]);
  const last = past.sort((a, b) => b.fence - a.fence)[0]?.runner;
  const lastName = among.find(({ pubkey }) => pubkey === last)?.name ?? null;
  return choose(
    node,
    among.filter(({ pubkey }) => !refused.has(pubkey)),
    lastName,
  );
};

/** Which runners could be asked, and since when they are what they say: while it stays the same, so does the answer. */
const heard = (host: Host) =>
  runnerHellos(host.home.tables)
    .filter(({ pubkey }) => isTrusted(host, pubkey) && host.presence.isLive(pubkey))
    .map(({ pubkey, at }) => [pubkey, at]);

const silent = (host: Host) =>
  host.home.tables
    .list('placed_by_hand', {})
    .flatMap(({ runner }) => (runner === null ? [] : [host.presence.isSilent(runner)]));

/** Safe to run at any time: a node that has an open assignment is left where it is, or was left there by its runner. */
export const placeNodes = (host: Host): Promise<void> =>
  host.mutex(async () => {
    const open = host.assignments.open();
    const left = new Map(open.filter((row) => isLeft(host, row)).map((row) => [row.node, row]));
    const placed = new Set(open.flatMap((row) => (left.has(row.node) ? [] : [row.node])));
    const revoked = new Set(revokedNodes(host));
    const runs = runStill(host);
    host.isWaiting = runs.size > 0;
    const unplaced = [...(host.graph?.nodes ?? [])].flatMap(([name, node]) =>
      node.kind === 'agent' && !placed.has(name) && !revoked.has(name) ? [{ name, node }] : [],
    );
    const decided = host.home.tables.list('placed_by_hand', {}).map(({ node, n }) => [node, n]);
    const hands = [decided, revoked.size, [...runs], silent(host)];
    const basis = JSON.stringify([
      headOf(host.home)?.n,
      host.assignments.changes,
      [...left.keys()],
      heard(host),
      hands,
    ]);
    if (unplaced.length === 0 || host.placementBasis === basis) return;
    let among = candidates(host);
    for (const { name, node } of unplaced) {
      const chosen = chooseFor(host, node, name, among);
      if (!chosen || runs.get(name)?.some((runner) => runner !== chosen.pubkey)) continue;
      const before = left.get(name);
      if (before) await leaveRunner(host, before);
      await offerNode(host, name, node, chosen.pubkey);
      const taken = (chosen.taken ?? 0) + memoryNeed(node.engine);
      among = among.map((one) => (one === chosen ? { ...one, load: one.load + 1, taken } : one));
    }
    host.placementBasis = basis;
  });
