import {
  backedUpText,
  backUpHost,
  type HostBackup,
  hostBackupArg,
  hostBackupFlags,
} from '../../cli/host/backup.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';

export default class HostBackupCommand extends BaseCommand<typeof HostBackupCommand> {
  static override summary = 'Write the whole Host to one encrypted file, also while it serves.';
  static override description =
    'Its keys, its ledger and its blobs with the secrets, under a passphrase of its own. A file is never written over another. The recovery key is not in it.';
  static override examples = [
    '<%= config.bin %> host backup host.backup',
    '<%= config.bin %> host backup host.backup --backup-passphrase-file words.txt --json',
  ];
  static override args = { file: hostBackupArg('file to create') };
  static override flags = hostBackupFlags;

  execute(
    flags: FlagsOf<typeof HostBackupCommand>,
    args: ArgsOf<typeof HostBackupCommand>,
  ): Promise<HostBackup> {
    return backUpHost(this.home, args.file, flags, (text) => this.progress(text));
  }

  override render(made: HostBackup): string {
    return backedUpText(made);
  }
}
