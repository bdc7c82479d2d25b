import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags } from '../../../cli/kit/flags.ts';
import { probesText } from '../../../cli/kit/render.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { isolationText } from '../../../core/graph/isolation.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { OutputOf } from '../../../core/host-api/table.ts';
import { trustText } from '../../../core/host-api/trust-text.ts';

type Runners = OutputOf<'runners.list'>;

export default class HostRunnerList extends BaseCommand<typeof HostRunnerList> {
  static override summary = 'List runners with trust, liveness and capabilities.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostRunnerList>): Promise<Runners> {
    return callHost(hostClient(this.home, flags), 'runners.list');
  }

  override render({ items }: Runners): string {
    if (items.length === 0)
      return 'no runners yet; invite one with `entangle host invite runner --name NAME`';
    const rows = items.map((one) => [
      one.name,
      trustText(one),
      one.liveness,
      one.engines.join(','),
      one.sandbox.map(isolationText).join(', '),
      probesText(one.probes),
      one.npub,
    ]);
    return this.table(['name', 'trust', 'liveness', 'engines', 'sandbox', 'probes', 'npub'], rows);
  }
}
