import * as Flags from '@oclif/core/flags';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { type KeptKey, keepKey, keptText, keyBackupFlags } from '../../../cli/user/key-backup.ts';
import { backupArg } from '../../../cli/wiring/key-backup-place.ts';

export default class UserKeyExport extends BaseCommand<typeof UserKeyExport> {
  static override summary = 'Write your key to an encrypted backup.';
  static override description =
    'It is encrypted under a passphrase of its own (NIP-49). A file is never written over another; of `-` the backup alone goes to stdout, and what is said of it to stderr.';
  static override examples = [
    '<%= config.bin %> user key export alice.ncryptsec',
    '<%= config.bin %> user key export --verify alice.ncryptsec',
  ];
  static override args = {
    file: backupArg('file to create, - for stdout; with --verify the one to read, - for stdin'),
  };
  static override flags = {
    ...keyBackupFlags,
    verify: Flags.boolean({
      description: 'prove that a backup opens and is of the key of this home; changes nothing',
      env: 'ENTANGLE_KEY_VERIFY',
    }),
  };

  execute(flags: FlagsOf<typeof UserKeyExport>, args: ArgsOf<typeof UserKeyExport>): Promise<KeptKey> {
    return keepKey(this.home, args.file, flags);
  }

  override render(kept: KeptKey): string {
    if (kept.text === null) return keptText(kept);
    for (const line of keptText(kept).split('\n')) this.progress(line);
    return kept.text;
  }
}
