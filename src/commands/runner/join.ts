import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { joinWait, passphraseFile, runnerName } from '../../cli/kit/flags.ts';
import { stderrLog } from '../../cli/kit/logging.ts';
import { pairs } from '../../cli/kit/render.ts';
import { joinAsRunner } from '../../cli/wiring/join.ts';
import type { Joined } from '../../services/setup/join.ts';

export default class RunnerJoin extends BaseCommand<typeof RunnerJoin> {
  static override summary = 'Join a federation with an invite.';
  static override description =
    'The invite contains a secret: pass it as a file, or - to read it from stdin.';
  static override examples = ['<%= config.bin %> runner join invite.txt'];
  static override args = {
    invite: Args.string({ description: 'file with the invite, - for stdin, or the invite', required: true }),
  };
  static override flags = {
    runner: runnerName,
    'passphrase-file': passphraseFile,
    wait: joinWait,
  };

  execute(flags: FlagsOf<typeof RunnerJoin>, args: ArgsOf<typeof RunnerJoin>): Promise<Joined> {
    const { wait: waitMs, 'passphrase-file': passphraseFile } = flags;
    const options = { waitMs, passphraseFile, input: !flags['no-input'], log: stderrLog(flags) };
    return joinAsRunner(this.home, flags.runner, args.invite, options);
  }

  override render(joined: Joined): string {
    const next = `The operator compares these words and runs: entangle host runner trust ${joined.name}`;
    return `${pairs([
      ['name', joined.name],
      ['npub', joined.npub],
      ['words', joined.words],
      ['delivered', 'yes'],
    ])}\n${next}`;
  }
}
