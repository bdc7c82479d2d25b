import * as Flags from '@oclif/core/flags';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { passphraseFile, runnerName, yes } from '../../cli/kit/flags.ts';
import { stderrLog } from '../../cli/kit/logging.ts';
import { type LeftRunner, leaveAsRunner } from '../../cli/runner/leave.ts';

export default class RunnerLeave extends BaseCommand<typeof RunnerLeave> {
  static override summary =
    'Have this runner leave its federation: it gives back its nodes, and its key is done.';
  static override description =
    'It begins nothing more, finishes what has begun, with the approvals that this waits for, gives back each node as soon as nothing of it is left to do and whoever asked has heard how it ended, and says goodbye. With --now its turns are ended, and their tasks begin anew elsewhere. Whoever serves it does so; where nobody does, this command. A wish to leave is not taken back: who comes back joins with a new key, `runner init --runner NAME`, and an invite.';
  static override examples = ['<%= config.bin %> runner leave', '<%= config.bin %> runner leave --now --yes'];
  static override flags = {
    runner: runnerName,
    now: Flags.boolean({ description: 'end turns that run, and wait for no approval', env: 'ENTANGLE_NOW' }),
    yes,
    'passphrase-file': passphraseFile,
  };

  execute(flags: FlagsOf<typeof RunnerLeave>): Promise<LeftRunner> {
    const log = stderrLog(flags);
    return leaveAsRunner(this.home, flags.runner, {
      mode: flags.now ? 'now' : 'drain',
      isConfirmed: flags.yes === true,
      signal: this.servingSignal,
      passphraseFile: flags['passphrase-file'],
      input: !flags['no-input'],
      ...{ log, tell: log },
    });
  }

  override render({ name, nodes }: LeftRunner): string {
    return `${name} has left${nodes.length === 0 ? '' : `; these go elsewhere, each where another runner fits: ${nodes.join(', ')}`}`;
  }
}
