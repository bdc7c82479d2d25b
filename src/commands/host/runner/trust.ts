import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/base-command.ts';
import { confirmOrStop } from '../../../cli/confirm.ts';
import { tokenFile, yes } from '../../../cli/flags.ts';
import { operatorApi } from '../../../cli/serve.ts';
import type { RunnerView } from '../../../services/host/runners.ts';

export default class HostRunnerTrust extends BaseCommand<typeof HostRunnerTrust> {
  static override summary = 'Trust a runner, after comparing the eight words shown on both sides.';
  static override args = { name: Args.string({ description: 'its name', required: true }) };
  static override flags = {
    words: Flags.string({
      description: 'the words that `entangle runner status` shows there',
      env: 'ENTANGLE_WORDS',
    }),
    yes,
    'token-file': tokenFile,
  };

  async execute(
    flags: FlagsOf<typeof HostRunnerTrust>,
    args: ArgsOf<typeof HostRunnerTrust>,
  ): Promise<RunnerView> {
    const api = operatorApi(this.home, flags['token-file']);
    const { words } = await api<RunnerView>('GET', `/v1/runners/${args.name}`);
    if (flags.words === undefined && !flags.yes)
      await confirmOrStop(
        flags['no-input'],
        `The words of ${args.name}:\n\n  ${words}\n\nDoes its machine show the same?`,
      );
    return api('POST', `/v1/runners/${args.name}/trust`, { state: 'trusted', words: flags.words ?? words });
  }

  override render(one: RunnerView): string {
    return `${one.name} is ${one.trust} (${one.words})`;
  }
}
