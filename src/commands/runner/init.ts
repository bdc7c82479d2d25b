import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { pairs } from '../../cli/kit/render.ts';
import { runnerInitFlags, runnerSettingsOf } from '../../cli/runner/settings.ts';
import { setupTools } from '../../cli/wiring/setup-tools.ts';
import { initNewcomer } from '../../services/setup/setup.ts';

type Made = { npub: string; name: string };

export default class RunnerInit extends BaseCommand<typeof RunnerInit> {
  static override summary = 'Create a runner: its key and what this machine offers.';
  static override flags = runnerInitFlags;

  execute(flags: FlagsOf<typeof RunnerInit>): Promise<Made> {
    const tools = setupTools(
      this.home.runner(flags.runner),
      flags.keys,
      flags['passphrase-file'],
      !flags['no-input'],
    );
    return initNewcomer(tools, { kind: 'runner', name: flags.runner, settings: runnerSettingsOf(flags) });
  }

  override render(made: Made): string {
    return `${pairs([
      ['runner', made.name],
      ['npub', made.npub],
    ])}\nNext: entangle runner join INVITE --runner ${made.name}`;
  }
}
