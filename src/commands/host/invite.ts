import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { inviteLifetime, nameFlag, tokenFile, wordArg } from '../../cli/kit/flags.ts';
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
  static override flags = {
    name: nameFlag({
      description: 'name of the invited runner or user',
      required: true,
      env: 'ENTANGLE_INVITE_NAME',
    }),
    expires: inviteLifetime,
    'token-file': tokenFile,
  };

  execute(flags: FlagsOf<typeof HostInvite>, args: ArgsOf<typeof HostInvite>): Promise<InviteView> {
    const body = { role: args.role, name: flags.name, expiresMs: flags.expires };
    return callHost(hostClient(this.home, flags['token-file']), 'invites.create', { body });
  }

  override render({ invite, role, name, expires, warning }: InviteView): string {
    this.progress(
      `invite for ${name}, valid until ${expires}; treat it as a password until \`entangle ${role} join -\` has read it`,
      { shown: true },
    );
    if (warning !== null) this.progress(`warning: ${warning}`, { shown: true });
    return invite;
  }
}
