import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { joinWait, passphraseFile, userName } from '../../cli/kit/flags.ts';
import { stderrLog } from '../../cli/kit/logging.ts';
import { pairs } from '../../cli/kit/render.ts';
import { joinAsUser } from '../../cli/wiring/join.ts';
import type { Joined } from '../../services/setup/join.ts';

export default class UserJoin extends BaseCommand<typeof UserJoin> {
  static override summary = 'Join a federation with an invite.';
  static override description =
    'The invite contains a secret: pass it as a file, or - to read it from stdin.';
  static override examples = ['<%= config.bin %> user join invite.txt'];
  static override args = {
    invite: Args.string({ description: 'file with the invite, - for stdin, or the invite', required: true }),
  };
  static override flags = {
    user: userName,
    'passphrase-file': passphraseFile,
    wait: joinWait,
  };

  execute(flags: FlagsOf<typeof UserJoin>, args: ArgsOf<typeof UserJoin>): Promise<Joined> {
    const { wait: waitMs, 'passphrase-file': passphraseFile } = flags;
    const options = { waitMs, passphraseFile, input: !flags['no-input'], log: stderrLog(flags) };
    return joinAsUser(this.home, flags.user, args.invite, options);
  }

  override render(joined: Joined): string {
    return pairs([
      ['name', joined.name],
      ['npub', joined.npub],
      ['host', joined.host],
      ['delivered', 'yes'],
    ]);
  }
}
