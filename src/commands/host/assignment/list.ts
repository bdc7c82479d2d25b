import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { tokenFile } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';

type Assignments = OutputOf<'assignments.list'>;

export default class HostAssignmentList extends BaseCommand<typeof HostAssignmentList> {
  static override summary = 'List assignments of nodes to runners.';
  static override flags = { 'token-file': tokenFile };

  execute(flags: FlagsOf<typeof HostAssignmentList>): Promise<Assignments> {
    return callHost(hostClient(this.home, flags['token-file']), 'assignments.list');
  }

  override render({ items }: Assignments): string {
    if (items.length === 0)
      return 'no assignments; make one with `entangle host assignment create NODE --runner NAME`';
    const rows = items.map((one) => [
      one.id,
      one.node,
      one.runner,
      one.state,
      one.fence,
      one.revision,
      one.reason ?? '',
    ]);
    return this.table(['id', 'node', 'runner', 'state', 'fence', 'revision', 'reason'], rows);
  }
}
