import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/base-command.ts';
import { duration, nameFlag, tokenFile, wordArg } from '../../cli/flags.ts';
import { hostClient } from '../../cli/serve.ts';
import { callHost } from '../../core/host-api/client.ts';
import type { InviteView } from '../../core/host-api/shapes.ts';
import { INVITE_MS, MEMBER_ROLES } from '../../core/vocabulary.ts';

export default class HostInvite extends BaseCommand<typeof HostInvite> {
  static override summary = 'Make an invite: one string that lets one runner or user in, once.';
  static override description = 'An invite never implies trust: a runner must still be trusted by name.';
  static override examples = ['<%= config.bin %> host invite runner --name build-1 > invite.txt'];
  static override args = {
    role: wordArg(MEMBER_ROLES)({ description: 'whom to invite', required: true }),
  };
  static override flags = {
    name: nameFlag({ description: 'the name it will have', required: true, env: 'ENTANGLE_INVITE_NAME' }),
    expires: duration({
      description: 'how long the invite is good',
      default: 3_600_000,
      env: 'ENTANGLE_EXPIRES',
      ...INVITE_MS,
    }),
    'token-file': tokenFile,
  };

  execute(flags: FlagsOf<typeof HostInvite>, args: ArgsOf<typeof HostInvite>): Promise<InviteView> {
    const body = { role: args.role, name: flags.name, expiresMs: flags.expires };
    return callHost(hostClient(this.home, flags['token-file']), 'invites.create', { body });
  }

  override render({ invite, role, name, expires }: InviteView): string {
    this.progress(
      `For ${name}, good until ${expires}. Send it as a secret; \`entangle ${role} join -\` reads it from stdin.`,
    );
    return invite;
  }
}
