import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/base-command.ts';
import { decideTrust, trustArgs, trustFlags } from '../../../cli/decide-trust.ts';
import type { RunnerView } from '../../../core/host-api/shapes.ts';

export default class HostRunnerRevoke extends BaseCommand<typeof HostRunnerRevoke> {
  static override summary =
    'Take the trust in a runner back for good: its nodes end there, what it says counts no more.';
  static override examples = ['<%= config.bin %> host runner revoke build-1'];
  static override args = trustArgs;
  static override flags = trustFlags;

  execute(flags: FlagsOf<typeof HostRunnerRevoke>, { name }: ArgsOf<typeof HostRunnerRevoke>) {
    return decideTrust(
      this.home,
      name,
      'revoked',
      flags,
      () => `Revoke ${name}? Its nodes end there, and this key is never trusted again.`,
    );
  }

  override render(one: RunnerView): string {
    return `${one.name} is ${one.trust}`;
  }
}
