import {
  authorityExportFlags,
  type KeptAuthority,
  keepAuthority,
  keptAuthorityText,
} from '../../../cli/host/authority-key.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { backupArg } from '../../../cli/wiring/key-backup-place.ts';

export default class HostAuthorityExport extends BaseCommand<typeof HostAuthorityExport> {
  static override summary = 'Write the key of this Host to an encrypted backup.';
  static override description =
    'It is encrypted under a passphrase of its own (NIP-49), and read back. A file is never written over another; of `-` the backup alone goes to stdout. The ledger is not in it: for that, `entangle host backup`.';
  static override examples = [
    '<%= config.bin %> host authority export host.ncryptsec',
    '<%= config.bin %> host authority export --verify host.ncryptsec',
  ];
  static override args = {
    file: backupArg('file to create, - for stdout; with --verify the one to read, - for stdin'),
  };
  static override flags = authorityExportFlags;

  execute(
    flags: FlagsOf<typeof HostAuthorityExport>,
    args: ArgsOf<typeof HostAuthorityExport>,
  ): Promise<KeptAuthority> {
    return keepAuthority(this.home, args.file, flags);
  }

  override render(kept: KeptAuthority): string {
    if (kept.text === null) return keptAuthorityText(kept);
    for (const line of keptAuthorityText(kept).split('\n')) this.progress(line);
    return kept.text;
  }
}
