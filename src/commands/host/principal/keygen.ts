import { sshKeySecret } from '../../../cli/host/principal-set.ts';
import { principalSetText } from '../../../cli/host/principal-text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags, nameArg } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import { callHost } from '../../../core/host-api/client.ts';
import type { PrincipalView } from '../../../core/host-api/principal-view.ts';

export default class HostPrincipalKeygen extends BaseCommand<typeof HostPrincipalKeygen> {
  static override summary = 'Make an SSH key for a git principal, and print its public half for the forge.';
  static override description =
    'The private half becomes a secret of the Host. Nobody is shown it: it goes sealed to runners whose node commits as this principal. Once more, and the key is replaced.';
  static override examples = ['<%= config.bin %> host principal keygen ci-bot'];
  static override args = { name: nameArg({ description: 'name, as the graph names it', required: true }) };
  static override flags = { 'ssh-key-secret': sshKeySecret, ...hostFlags };

  execute(
    flags: FlagsOf<typeof HostPrincipalKeygen>,
    { name }: ArgsOf<typeof HostPrincipalKeygen>,
  ): Promise<PrincipalView> {
    const secret = flags['ssh-key-secret'] ?? name;
    return callHost(hostClient(this.home, flags), 'principals.keygen', {
      params: { name },
      body: { secret },
    });
  }

  override render(one: PrincipalView): string {
    return principalSetText(one);
  }
}
