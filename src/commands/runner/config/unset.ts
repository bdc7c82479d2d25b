import { type ArgsOf, BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { runnerName, wordArg } from '../../../cli/kit/flags.ts';
import { type ChangedSetting, changedText, changeSetting } from '../../../cli/runner/config.ts';
import { RUNNER_SETTINGS } from '../../../core/command-words.ts';

export default class RunnerConfigUnset extends BaseCommand<typeof RunnerConfigUnset> {
  static override summary = 'Put a setting of this runner back to its default.';
  static override examples = ['<%= config.bin %> runner config unset memory'];
  static override args = {
    setting: wordArg(RUNNER_SETTINGS)({ description: 'which of them', required: true }),
  };
  static override flags = { runner: runnerName };

  execute(
    flags: FlagsOf<typeof RunnerConfigUnset>,
    { setting }: ArgsOf<typeof RunnerConfigUnset>,
  ): Promise<ChangedSetting> {
    return changeSetting(this.home.runner(flags.runner), setting, null);
  }

  override render(changed: ChangedSetting): string {
    return changedText(changed);
  }
}
