import { inviteFlags, inviteNotice } from '../../cli/host/invite.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { wordArg } from '../../cli/kit/flags.ts';
import { hostClient } from '../../cli/wiring/host-client.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { InviteView } from '../../core/host-api/shapes.ts';
import { MEMBER_ROLES } from '../../core/vocabulary.ts';

export default class HostInvite extends BaseCommand<typeof HostInvite> {
  static override summary = 'Create an invite for one runner or user.';
  static override description =
    'An invite can be used once. It does not imply trust: trust the runner with `host runner trust`.';
  static override examples = ['<%= config.bin %> host invite runner --name build-1 > invite.txt'];
  static override args = {
    role: wordArg(MEMBER_ROLES)({ description: 'role to invite', required: true }),
  };
  static override flags = inviteFlags;

  execute(flags: FlagsOf<typeof HostInvite>, args: ArgsOf<typeof HostInvite>): Promise<InviteView> {
    const { name, expires: expiresMs, rejoin } = flags;
    const body = { role: args.role, name, expiresMs, ...(rejoin && { rejoin }) };
    return callHost(hostClient(this.home, flags), 'invites.create', { body });
  }

  override render(view: InviteView): string {
    this.progress(inviteNotice(view), { shown: true });
    if (view.warning !== null) this.progress(`warning: ${view.warning}`, { shown: true });
    return view.invite;
  }
}
