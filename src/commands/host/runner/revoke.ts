import { confirmTrust, trustArgs, trustFlags } from '../../../cli/host/decide-trust.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { exposedText } from '../../../core/graph/named-secrets.ts';
import type { RunnerView } from '../../../core/host-api/shapes.ts';

export default class HostRunnerRevoke extends BaseCommand<typeof HostRunnerRevoke> {
  static override summary = 'Permanently revoke a runner; its nodes stop and its messages are ignored.';
  static override examples = ['<%= config.bin %> host runner revoke build-1'];
  static override args = trustArgs;
  static override flags = trustFlags;

  execute(flags: FlagsOf<typeof HostRunnerRevoke>, { runner: name }: ArgsOf<typeof HostRunnerRevoke>) {
    return confirmTrust(
      hostClient(this.home, flags),
      name,
      'revoked',
      flags,
      () => `Revoke ${name}? Its nodes stop, and its key can never be trusted again.`,
    );
  }

  override render(one: RunnerView): string {
    const exposed = one.secrets.map((secret) => exposedText({ secret, runners: [one.name] }));
    return [`${one.name} is ${one.trust}`, ...exposed].join('\n');
  }
}
