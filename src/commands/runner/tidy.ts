import * as Flags from '@oclif/core/flags';
import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { duration, runnerName } from '../../cli/kit/flags.ts';
import { type TidiedRunner, tidyRunner } from '../../cli/runner/tidy.ts';
import { tidyText } from '../../cli/runner/tidy-text.ts';
import { KEPT_WORK } from '../../core/bounds.ts';

export default class RunnerTidy extends BaseCommand<typeof RunnerTidy> {
  static override summary =
    'Remove what this runner keeps of sessions that are over, and say how much it was.';
  static override description =
    'Workspaces and homes of agents go, and commits in its stores that no approval needs; a store that nothing used for two weeks goes as a whole. Nothing goes of a session that goes on, or of a commit that may be published again. Beside the runner that serves, its stores stay: it tidies them itself.';
  static override examples = [
    '<%= config.bin %> runner tidy --dry-run',
    '<%= config.bin %> runner tidy --older-than 7d --json',
  ];
  static override flags = {
    runner: runnerName,
    'older-than': duration({
      description: 'only of what was over so long ago',
      env: 'ENTANGLE_OLDER_THAN',
      default: KEPT_WORK.least * 1000,
    }),
    'dry-run': Flags.boolean({ description: 'remove nothing: say what would go', env: 'ENTANGLE_DRY_RUN' }),
  };

  execute(flags: FlagsOf<typeof RunnerTidy>): Promise<TidiedRunner> {
    return tidyRunner(this.home.runner(flags.runner), {
      olderMs: flags['older-than'],
      isDryRun: flags['dry-run'] === true,
      tell: (text) => this.progress(text),
    });
  }

  override render(tidied: TidiedRunner): string {
    return tidyText(tidied);
  }
}
