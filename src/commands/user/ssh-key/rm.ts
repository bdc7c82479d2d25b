import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { userName } from '../../../cli/kit/flags.ts';
import { removeSshKey, type SshKeyView, sshKeyFileArg } from '../../../cli/user/ssh-keys.ts';

export default class UserSshKeyRm extends BaseCommand<typeof UserSshKeyRm> {
  static override summary = 'Sign approvals with an SSH key no more; the key itself stays where it is.';
  static override examples = ['<%= config.bin %> user ssh-key rm ~/.ssh/id_ed25519.pub'];
  static override args = { file: sshKeyFileArg };
  static override flags = { user: userName };

  execute(flags: FlagsOf<typeof UserSshKeyRm>, args: ArgsOf<typeof UserSshKeyRm>): Promise<SshKeyView> {
    return removeSshKey(this.home, args.file, flags);
  }

  override render = ({ fingerprint }: SshKeyView): string => `${fingerprint} signs no approvals from now on`;
}
