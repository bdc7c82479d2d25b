import {
  authorityImportFlags,
  type PutAuthority,
  putAuthorityText,
  putBackAuthority,
} from '../../../cli/host/authority-key.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { backupArg } from '../../../cli/wiring/key-backup-place.ts';

export default class HostAuthorityImport extends BaseCommand<typeof HostAuthorityImport> {
  static override summary = 'Put the key of this Host back from its backup into a key store that lost it.';
  static override description =
    'The backup has to be of the key that the graph of this home is named by. A key that opens is never replaced; one that does not, only with --replace, and once the key store gave back what comes in its place. Where the whole home is lost, use `entangle host restore`.';
  static override examples = [
    '<%= config.bin %> host authority import host.ncryptsec',
    '<%= config.bin %> host authority import host.ncryptsec --replace',
  ];
  static override args = { file: backupArg('file with the encrypted key (NIP-49), - for stdin') };
  static override flags = authorityImportFlags;

  execute(
    flags: FlagsOf<typeof HostAuthorityImport>,
    args: ArgsOf<typeof HostAuthorityImport>,
  ): Promise<PutAuthority> {
    return putBackAuthority(this.home, args.file, flags);
  }

  override render(put: PutAuthority): string {
    return putAuthorityText(put);
  }
}
