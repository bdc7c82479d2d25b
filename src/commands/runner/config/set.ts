import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { runnerName, wordArg } from '../../../cli/kit/flags.ts';
import { type ChangedSetting, changedText, changeSetting } from '../../../cli/runner/config.ts';
import { RUNNER_SETTINGS } from '../../../core/command-words.ts';

export default class RunnerConfigSet extends BaseCommand<typeof RunnerConfigSet> {
  static override summary = 'Change a setting of this runner.';
  static override description =
    'Settings are called as the flags of `runner init`. What is given takes the place of all that was set. A runner that is served takes up its labels, capacity, memory, protocols and hooks by itself, and tells the Host; turns that run go on. Its sandboxes and its disk it has from its next start.';
  static override examples = [
    '<%= config.bin %> runner config set capacity 8',
    '<%= config.bin %> runner config set label region=eu gpu=yes',
    '<%= config.bin %> runner config set git-protocol https ssh file --runner build-1',
  ];
  static override args = {
    setting: wordArg(RUNNER_SETTINGS)({ description: 'which of them', required: true }),
    value: Args.string({ description: 'its value, or each of its values', required: true, multiple: true }),
  };
  static override flags = { runner: runnerName };

  execute(
    flags: FlagsOf<typeof RunnerConfigSet>,
    { setting, value }: ArgsOf<typeof RunnerConfigSet>,
  ): Promise<ChangedSetting> {
    return changeSetting(this.home.runner(flags.runner), setting, value);
  }

  override render(changed: ChangedSetting): string {
    return changedText(changed);
  }
}
