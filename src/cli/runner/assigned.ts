/** What a runner's home says of a node that is assigned to it, without disturbing who serves it. */
import { join } from 'node:path';
import { scan } from '../../adapters/ledger/read.ts';
import type { AgentNode } from '../../core/graph/model.ts';
import { offerIdOf, openAssignments } from '../../core/projection/queries.ts';
import { bodyIn } from '../../services/messaging/read-event.ts';
import { offeredNode } from '../../services/runner/runner.ts';
import { foldedTables } from '../wiring/folded-tables.ts';

/** The node as its newest offer describes it; null where it is none of this runner. */
export const assignedNode = async (home: string, node: string): Promise<AgentNode | null> => {
  const tables = await foldedTables(home);
  const [newest] = openAssignments(tables)
    .filter((row) => row.node === node)
    .sort((a, b) => b.fence - a.fence);
  const offer = newest && tables.get('messages', offerIdOf(newest), 'in');
  if (!offer) return null;
  let found: AgentNode | null = null;
  await scan(
    join(home, 'ledger'),
    { segment: 1, offset: 0 },
    {
      verify: () => {},
      each: ({ line }) => {
        if (line.n === offer.line) found = offeredNode(bodyIn(line.event));
      },
    },
  );
  return found;
};
