import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { age } from '../../../core/encoding/age.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';

type Operators = OutputOf<'operators.list'>;

export default class HostOperatorList extends BaseCommand<typeof HostOperatorList> {
  static override summary = 'List operators with role, state, expiry, and by what they are known.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostOperatorList>): Promise<Operators> {
    return callHost(hostClient(this.home, flags), 'operators.list');
  }

  override render({ items }: Operators): string {
    const now = Date.now();
    const rows = items.map((one) => [
      one.name,
      one.role,
      one.state,
      [one.method, one.identity?.issuer ?? one.key].filter(Boolean).join(': '),
      one.expires ? age(one.expires, now) : 'never',
      one.revoked && age(one.revoked, now),
    ]);
    return this.table(['name', 'role', 'state', 'known by', 'expires', 'revoked'], rows);
  }
}
