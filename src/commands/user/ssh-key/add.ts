import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { userName } from '../../../cli/kit/flags.ts';
import { addedSshKeyText, addSshKey, type SshKeyView, sshKeyFileArg } from '../../../cli/user/ssh-keys.ts';

export default class UserSshKeyAdd extends BaseCommand<typeof UserSshKeyAdd> {
  static override summary = 'Register an SSH key with which you also sign approvals.';
  static override description =
    'Prints the line for your node in the graph, which its operator applies. From then on your approvals of commits also have a signature by this key (ssh-keygen makes it, by your agent, token or file), which anybody can check with stock tools. A policy that says `assurance: touch` wants one by an `sk-` key that you touch.';
  static override examples = [
    '<%= config.bin %> user ssh-key add ~/.ssh/id_ed25519_sk.pub',
    '<%= config.bin %> user ssh-key add ~/.ssh/id_ed25519.pub --json',
  ];
  static override args = { file: sshKeyFileArg };
  static override flags = { user: userName };

  execute(flags: FlagsOf<typeof UserSshKeyAdd>, args: ArgsOf<typeof UserSshKeyAdd>): Promise<SshKeyView> {
    return addSshKey(this.home, args.file, flags);
  }

  override render(view: SshKeyView): string {
    return addedSshKeyText(view);
  }
}
