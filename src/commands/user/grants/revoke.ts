import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../../../cli/user/command.ts';
import { type GrantView, revokeGrant } from '../../../services/user/grants.ts';

export default class UserGrantsRevoke extends UserCommand<typeof UserGrantsRevoke> {
  static override summary = 'End a grant: as soon as its node has that, it answers nothing more.';
  static override examples = ['<%= config.bin %> user grants revoke 7f3a9c21'];
  static override args = {
    grant: Args.string({
      description: 'grant id; a unique prefix or suffix is enough',
      required: true,
    }),
  };
  static override flags = userFlags;

  execute(
    flags: FlagsOf<typeof UserGrantsRevoke>,
    args: ArgsOf<typeof UserGrantsRevoke>,
  ): Promise<GrantView> {
    return this.withUser(flags, (user) => revokeGrant(user, args.grant));
  }

  override render({ id, node, used, uses }: GrantView): string {
    return `revoked ${id}\nits node, ${node}, had used ${used} of ${uses}`;
  }
}
