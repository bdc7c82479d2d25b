import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { age } from '../../core/encoding/age.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { OutputOf } from '../../core/host-api/table.ts';

type Rejects = OutputOf<'rejects.list'>;

export default class HostRejects extends BaseCommand<typeof HostRejects> {
  static override summary = 'List rejected messages by reason and signer.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostRejects>): Promise<Rejects> {
    return callHost(hostClient(this.home, flags), 'rejects.list');
  }

  override render({ items }: Rejects): string {
    if (items.length === 0) return 'no rejected messages';
    const now = Date.now();
    return this.table(
      ['reason', 'count', 'last', 'signer'],
      items.map((one) => [one.reason, one.count, age(one.last, now), one.signer]),
    );
  }
}
