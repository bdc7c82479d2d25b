import { metricsOfHost, type ShownMetrics } from '../../cli/host/metrics.ts';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { hostFlags } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';

export default class HostMetrics extends BaseCommand<typeof HostMetrics> {
  static override summary = 'Show the metrics of the running Host, as Prometheus reads them.';
  static override description =
    'Prometheus collects the same over TCP, as a viewer. Nobody’s words are in it, and no key.';
  static override flags = { ...hostFlags };

  execute(flags: FlagsOf<typeof HostMetrics>): Promise<ShownMetrics> {
    return metricsOfHost(hostClient(this.home, flags));
  }

  override render({ lines }: ShownMetrics): string {
    return lines.join('\n');
  }
}
