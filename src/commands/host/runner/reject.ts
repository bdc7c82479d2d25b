import { confirmTrust, trustArgs, trustFlags } from '../../../cli/host/decide-trust.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { RunnerView } from '../../../core/host-api/shapes.ts';

export default class HostRunnerReject extends BaseCommand<typeof HostRunnerReject> {
  static override summary = 'Reject the request of a runner to join.';
  static override examples = ['<%= config.bin %> host runner reject build-1'];
  static override args = trustArgs;
  static override flags = trustFlags;

  execute(flags: FlagsOf<typeof HostRunnerReject>, { runner: name }: ArgsOf<typeof HostRunnerReject>) {
    return confirmTrust(
      hostClient(this.home, flags),
      name,
      'rejected',
      flags,
      () => `Reject ${name}? Its key can never be trusted.`,
    );
  }

  override render(one: RunnerView): string {
    return `${one.name} is ${one.trust}`;
  }
}
