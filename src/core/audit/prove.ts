/** Makes a bundle of some lines, from all lines of a ledger, one after the other. */

import { typeOfEvent } from '../evidence/read.ts';
import type { Hash, Line } from '../ledger/line.ts';
import { leafOf } from '../ledger/line.ts';
import { createSubtrees, inclusionRanges } from '../ledger/subtrees.ts';
import type { SignedEvent } from '../nostr/event.ts';
import { type Bundle, bundleOf } from './bundle.ts';
import { auditRowOf } from './rows.ts';

export type LedgerHead = { size: number; event: SignedEvent };

/** A secret stays in the ledger, though sealed; that it was said is proved without it. */
const shown = (event: SignedEvent): SignedEvent =>
  auditRowOf(typeOfEvent(event)).isSealed === true ? { ...event, content: '' } : event;

export const createProver = (
  sha256: Hash,
  graph: string,
  { size, event: checkpoint }: LedgerHead,
  numbers: readonly number[],
) => {
  const ranges = new Map(numbers.map((n) => [n, inclusionRanges(n - 1, size)]));
  const trees = createSubtrees(sha256, size, [...ranges.values()].flat());
  const found: Line[] = [];
  return {
    see(line: Line): void {
      trees.add(leafOf(sha256, line));
      if (ranges.has(line.n)) found.push(line);
    },
    bundle(): Bundle {
      const entries = found.map(({ n, at, dir, event }) => ({
        ...{ n, at, dir, event: shown(event) },
        proof: ranges.get(n)!.map((range) => trees.rootOf(range)),
      }));
      return bundleOf(sha256, graph, checkpoint, entries);
    },
  };
};
