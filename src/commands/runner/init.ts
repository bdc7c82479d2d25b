import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { pairs } from '../../cli/kit/render.ts';
import { runnerInitFlags, runnerSettingsOf, unenforcedNote } from '../../cli/runner/settings.ts';
import { requireCapabilities } from '../../cli/wiring/capabilities.ts';
import { setupTools } from '../../cli/wiring/setup-tools.ts';
import { isolationText } from '../../core/graph/isolation.ts';
import type { SandboxKind } from '../../core/vocabulary.ts';
import { initNewcomer } from '../../services/setup/setup.ts';

type Made = { npub: string; name: string; sandbox: SandboxKind[] };

export default class RunnerInit extends BaseCommand<typeof RunnerInit> {
  static override summary = 'Create a runner: its key and what this machine offers.';
  static override examples = ['<%= config.bin %> runner init --keys file --sandbox bwrap --label region=eu'];
  static override flags = runnerInitFlags;

  async execute(flags: FlagsOf<typeof RunnerInit>): Promise<Made> {
    const settings = runnerSettingsOf(flags);
    await requireCapabilities(settings.sandbox);
    const tools = setupTools(
      this.home.runner(flags.runner),
      flags.keys,
      flags['passphrase-file'],
      !flags['no-input'],
    );
    const made = await initNewcomer(tools, { kind: 'runner', name: flags.runner, settings });
    return { ...made, sandbox: settings.sandbox };
  }

  override render(made: Made): string {
    return `${pairs([
      ['runner', made.name],
      ['npub', made.npub],
      ['sandbox', made.sandbox.map(isolationText).join(', ')],
    ])}${unenforcedNote(made.sandbox)}\nNext: ${this.again(`entangle runner join INVITE --runner ${made.name}`)}`;
  }
}
