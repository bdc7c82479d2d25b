import {
  hostBackupArg,
  hostBackupFlags,
  type RestoredHost,
  restoredText,
  restoreHost,
} from '../../cli/host/backup.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { requiredKeys } from '../../cli/kit/flags.ts';

export default class HostRestore extends BaseCommand<typeof HostRestore> {
  static override summary = 'Make a Host out of a backup, where none is.';
  static override description =
    'Every line of the ledger is verified before anything is put into place. The Host serves once you say that it takes over from the one that it comes from.';
  static override examples = [
    '<%= config.bin %> host restore host.backup --keys encrypted',
    '<%= config.bin %> host serve --take-over',
  ];
  static override args = { file: hostBackupArg('file that `entangle host backup` made') };
  static override flags = { ...hostBackupFlags, keys: requiredKeys };

  execute(flags: FlagsOf<typeof HostRestore>, args: ArgsOf<typeof HostRestore>): Promise<RestoredHost> {
    return restoreHost(this.home, args.file, flags, (text) => this.progress(text));
  }

  override render(restored: RestoredHost): string {
    return restoredText(restored);
  }
}
