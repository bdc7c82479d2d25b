import { PRINCIPAL_COLUMNS, principalRow } from '../../../cli/host/principal-text.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';

type Principals = OutputOf<'principals.list'>;

export default class HostPrincipalList extends BaseCommand<typeof HostPrincipalList> {
  static override summary = 'List git principals with their public keys and the nodes that use them.';
  static override description =
    'What a node of the active graph names and nobody has set is listed as missing. One in trouble is given to no runner, and why.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostPrincipalList>): Promise<Principals> {
    return callHost(hostClient(this.home, flags), 'principals.list');
  }

  override render({ items }: Principals): string {
    return this.table(PRINCIPAL_COLUMNS, items.map(principalRow));
  }
}
