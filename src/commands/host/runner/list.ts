import { BaseCommand, type FlagsOf } from '../../../cli/base-command.ts';
import { tokenFile } from '../../../cli/flags.ts';
import { table } from '../../../cli/render.ts';
import { operatorApi } from '../../../cli/serve.ts';
import type { RunnerView } from '../../../services/host/runners.ts';

type Runners = { items: RunnerView[]; next: null };

export default class HostRunnerList extends BaseCommand<typeof HostRunnerList> {
  static override summary = 'List runners: trust, liveness, what they offer.';
  static override flags = { 'token-file': tokenFile };

  execute(flags: FlagsOf<typeof HostRunnerList>): Promise<Runners> {
    return operatorApi(this.home, flags['token-file'])('GET', '/v1/runners');
  }

  override render({ items }: Runners): string {
    if (items.length === 0)
      return 'no runners yet; invite one with `entangle host invite runner --name NAME`';
    const rows = items.map((one) => [
      one.name,
      one.trust,
      one.liveness,
      one.engines.join(','),
      one.sandbox.join(','),
      one.npub,
    ]);
    return table(['name', 'trust', 'liveness', 'engines', 'sandbox', 'npub'], rows);
  }
}
