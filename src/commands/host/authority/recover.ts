import {
  readRecoveryKey,
  recoverFlags,
  type Succeeded,
  succeedAuthority,
  succeededText,
} from '../../../cli/host/authority-succession.ts';
import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';

export default class HostAuthorityRecover extends BaseCommand<typeof HostAuthorityRecover> {
  static override summary =
    'Let a new key sign for this Host, by the recovery key: its own is lost or stolen.';
  static override description =
    'For a Host that is stopped, whether its key store still has the key or not. Everybody pinned the recovery key when they joined: its word is above all that the key before says, also above a rotation by whoever stole it. Where the whole home is lost, restore its backup first.';
  static override examples = [
    '<%= config.bin %> host authority recover --recovery-key-file /media/safe/recovery.key',
    '<%= config.bin %> host authority recover --recovery-key-file /media/safe/recovery.key --yes --json',
  ];
  static override flags = recoverFlags;

  async execute(flags: FlagsOf<typeof HostAuthorityRecover>): Promise<Succeeded> {
    const owner = 'entangle host authority recover';
    const log = (_level: string, text: string) => this.progress(text);
    const recovery = await readRecoveryKey(flags['recovery-key-file']);
    return succeedAuthority(this.home, flags, { owner, log, recovery });
  }

  override render(succeeded: Succeeded): string {
    return succeededText(succeeded);
  }
}
