import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { userName } from '../../../cli/kit/flags.ts';
import { listSshKeys, type SshKeyView } from '../../../cli/user/ssh-keys.ts';

export default class UserSshKeyList extends BaseCommand<typeof UserSshKeyList> {
  static override summary = 'List the SSH keys with which you also sign approvals.';
  static override flags = { user: userName };

  execute(flags: FlagsOf<typeof UserSshKeyList>): Promise<{ items: SshKeyView[] }> {
    return listSshKeys(this.home, flags);
  }

  override render({ items }: { items: SshKeyView[] }): string {
    if (items.length === 0) return 'no SSH keys: `entangle user ssh-key add FILE.pub` registers one';
    const rows = items.map(({ fingerprint, touch, file }) => [fingerprint, touch ? 'yes' : 'no', file]);
    return this.table(['key', 'touch', 'file'], rows);
  }
}
