/** Places what the graph has and nobody runs: on a trusted, live runner that fits. Moving what runs is another matter. */
import { misfit, type RunnerOffer } from '../../core/graph/fit.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { order } from '../../core/graph/model.ts';
import type { Row } from '../../core/projection/tables.ts';
import { offerNode, openAssignments } from './assignments.ts';
import type { Host } from './host.ts';
import { headOf } from './host.ts';
import { isLive, isTrusted, offerOf } from './runners.ts';

type Candidate = { row: Row; offer: RunnerOffer; load: number };

const candidates = (host: Host, open: readonly Row[]): Candidate[] =>
  host.home.tables
    .list('hellos', { role: 'runner' })
    .filter((row) => isTrusted(host, String(row.pubkey)) && isLive(host, String(row.pubkey)))
    .map((row) => ({
      row,
      offer: offerOf(row),
      load: open.filter((one) => one.runner === row.pubkey).length,
    }));

/** Where it ran last, if that fits; else the runner with the fewest nodes. One that refused this revision is left out. */
const choose = (host: Host, node: AgentNode, name: string, among: readonly Candidate[]): Candidate | null => {
  const past = host.home.tables.list('assignments', { node: name });
  const revision = headOf(host.home)!.n;
  const refused = new Set(
    past.filter((row) => row.state === 'rejected' && row.revision === revision).map((row) => row.runner),
  );
  const last = past.sort((a, b) => Number(b.fence) - Number(a.fence))[0]?.runner;
  const fitting = among.filter(({ row, offer }) => !refused.has(row.pubkey!) && misfit(node, offer) === null);
  const rank = (one: Candidate): number => (one.row.pubkey === last ? -1 : one.load);
  return fitting.sort((a, b) => rank(a) - rank(b) || order(a.offer.name, b.offer.name))[0] ?? null;
};

/** Safe to run at any time: a node that has an open assignment is left where it is. */
export const placeNodes = (host: Host): Promise<void> =>
  host.inTurn(async () => {
    const open = openAssignments(host);
    const placed = new Set(open.map((row) => row.node));
    const unplaced = [...(host.graph?.nodes ?? [])].flatMap(([name, node]) =>
      node.kind === 'agent' && !placed.has(name) ? [{ name, node }] : [],
    );
    if (unplaced.length === 0) return;
    const among = candidates(host, open);
    for (const { name, node } of unplaced) {
      const chosen = choose(host, node, name, among);
      if (!chosen) continue;
      await offerNode(host, name, node, String(chosen.row.pubkey));
      chosen.load += 1;
    }
  });
