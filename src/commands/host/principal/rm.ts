import { removeGivenPrincipal } from '../../../cli/host/principal-rm.ts';
import { principalRemovedText } from '../../../cli/host/principal-text.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { hostFlags, nameArg, yes } from '../../../cli/kit/flags.ts';
import { hostClient } from '../../../cli/wiring/host-client.ts';
import type { PrincipalView } from '../../../core/host-api/principal-view.ts';

export default class HostPrincipalRm extends BaseCommand<typeof HostPrincipalRm> {
  static override summary = 'Remove a git principal; its secrets stay.';
  static override description =
    'Says first which nodes use it. What it logged in with goes by `entangle host secret rm`, and where it was issued.';
  static override examples = ['<%= config.bin %> host principal rm ci-bot'];
  static override args = { principal: nameArg({ description: 'name of the principal', required: true }) };
  static override flags = { yes, ...hostFlags };

  execute(
    flags: FlagsOf<typeof HostPrincipalRm>,
    args: ArgsOf<typeof HostPrincipalRm>,
  ): Promise<PrincipalView> {
    return removeGivenPrincipal(hostClient(this.home, flags), args.principal, flags);
  }

  override render(one: PrincipalView): string {
    return principalRemovedText(one);
  }
}
