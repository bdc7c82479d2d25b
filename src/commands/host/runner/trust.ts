import { confirmTrust, trustArgs, trustFlags, trustQuestion } from '../../../cli/host/decide-trust.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { RunnerView } from '../../../core/host-api/shapes.ts';

export default class HostRunnerTrust extends BaseCommand<typeof HostRunnerTrust> {
  static override summary = 'Trust a runner after comparing the eight words shown on both machines.';
  static override examples = ['<%= config.bin %> host runner trust build-1'];
  static override args = trustArgs;
  static override flags = trustFlags;

  execute(flags: FlagsOf<typeof HostRunnerTrust>, { runner: name }: ArgsOf<typeof HostRunnerTrust>) {
    return confirmTrust(hostClient(this.home, flags), name, 'trusted', flags, (words) =>
      trustQuestion(name, words),
    );
  }

  override render(one: RunnerView): string {
    return `${one.name} is ${one.trust} (${one.words})`;
  }
}
