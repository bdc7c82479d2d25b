import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { requiredKeys } from '../../../cli/kit/flags.ts';
import { type ImportedKey, importedText, importKey, keyBackupFlags } from '../../../cli/user/key-backup.ts';
import { backupArg } from '../../../cli/wiring/key-backup-place.ts';

export default class UserKeyImport extends BaseCommand<typeof UserKeyImport> {
  static override summary = 'Make a new home with the key of a backup.';
  static override description =
    'The key of a home that is there is never replaced. Join with an invite that was made with `host invite --rejoin`.';
  static override examples = ['<%= config.bin %> user key import alice.ncryptsec --keys keyring'];
  static override args = { file: backupArg('file with the encrypted key (NIP-49), - for stdin') };
  static override flags = { ...keyBackupFlags, keys: requiredKeys };

  execute(flags: FlagsOf<typeof UserKeyImport>, args: ArgsOf<typeof UserKeyImport>): Promise<ImportedKey> {
    return importKey(this.home, args.file, flags);
  }

  override render(imported: ImportedKey): string {
    return importedText(imported);
  }
}
