import { principalFlags, setGivenPrincipal } from '../../../cli/host/principal-set.ts';
import { principalSetText } from '../../../cli/host/principal-text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { nameArg } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { PrincipalView } from '../../../core/host-api/principal-view.ts';

export default class HostPrincipalSet extends BaseCommand<typeof HostPrincipalSet> {
  static override summary = 'Set who commits and pushes for agents, and what that logs in with.';
  static override description =
    'What is not given stays as it was. What pushes goes to a runner for one commit that people approved, if the forge lets the other only read. A key that signs anything else is refused: of a person, of a role, of another principal.';
  static override examples = [
    '<%= config.bin %> host principal set ci-bot --ssh-key-secret ci-bot-key --known-hosts ./known_hosts',
    '<%= config.bin %> host principal set ci-bot --https-token-secret ci-token --https-host git.example.org',
    '<%= config.bin %> host principal set ci-bot --push-token-secret ci-push-token',
  ];
  static override args = { name: nameArg({ description: 'name, as the graph names it', required: true }) };
  static override flags = principalFlags;

  execute(
    flags: FlagsOf<typeof HostPrincipalSet>,
    { name }: ArgsOf<typeof HostPrincipalSet>,
  ): Promise<PrincipalView> {
    return setGivenPrincipal(hostClient(this.home, flags), name, flags);
  }

  override render(one: PrincipalView): string {
    return principalSetText(one);
  }
}
