import { whyOf } from '../../../cli/host/wait-assignment.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { type Unplaced, unplacedNodes } from '../../../core/graph/change/placement.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';
import { RUNNER_LEAVES } from '../../../core/host-api/trust-text.ts';
import { headAtHost, runState } from '../../../services/graph/remote.ts';

type Shown = OutputOf<'assignments.list'> & { nowhere: Unplaced[] };
const COLUMNS = ['id', 'node', 'runner', 'state', 'fence', 'revision', 'reason'] as const;

export default class HostAssignmentList extends BaseCommand<typeof HostAssignmentList> {
  static override summary = 'List assignments of nodes to runners.';
  static override flags = { ...hostFlags };

  async execute(flags: FlagsOf<typeof HostAssignmentList>): Promise<Shown> {
    const client = hostClient(this.home, flags);
    const { graph } = await headAtHost(client);
    const nowhere = graph ? unplacedNodes(graph, await runState(client)) : [];
    return { ...(await callHost(client, 'assignments.list')), nowhere };
  }

  override render({ items, nowhere }: Shown): string {
    const missing = nowhere.map(
      ({ node, because, hint }) =>
        `${node} runs nowhere: ${because}${hint === undefined ? '' : `\n  ${hint}`}`,
    );
    if (items.length === 0 && missing.length === 0)
      return 'no assignments: no graph with an agent is applied; see `entangle graph apply --help`';
    const rows = items.map((one) =>
      COLUMNS.map((name) => ({ ...one, reason: one.leaving ? RUNNER_LEAVES : whyOf(one) })[name] ?? ''),
    );
    const table = this.table([...COLUMNS], rows);
    return [...(rows.length > 0 ? [table] : []), ...missing].join('\n');
  }
}
