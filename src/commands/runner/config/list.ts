import { BaseCommand, type FlagsOf } from '../../../cli/kit/base-command.ts';
import { runnerName } from '../../../cli/kit/flags.ts';
import { listSettings, type SettingPage, shownSetting } from '../../../cli/runner/config.ts';

export default class RunnerConfigList extends BaseCommand<typeof RunnerConfigList> {
  static override summary = 'List the settings of this runner.';
  static override flags = { runner: runnerName };

  execute(flags: FlagsOf<typeof RunnerConfigList>): Promise<SettingPage> {
    return listSettings(this.home.runner(flags.runner));
  }

  override render({ items }: SettingPage): string {
    const rows = items.map((one) => [one.key, shownSetting(one), one.isDefault ? 'default' : 'set']);
    return this.table(['setting', 'value', ''], rows);
  }
}
