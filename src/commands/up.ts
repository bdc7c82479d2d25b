import { BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';
import { runUp } from '../local/up.ts';
import { upFlags } from '../local/up-flags.ts';
import { engineHelp, readyText, seenText } from '../local/up-text.ts';

export default class Up extends BaseCommand<typeof Up> {
  static override summary = 'Run a local federation for the current git repository.';
  static override description = engineHelp;
  static override examples = ['<%= config.bin %> up', '<%= config.bin %> up --engine "my-agent --print"'];
  static override flags = upFlags;

  async execute(flags: FlagsOf<typeof Up>): Promise<undefined> {
    await runUp({
      directory: process.cwd(),
      root: this.home.root,
      home: flags.home,
      engine: flags.engine,
      sandbox: flags.sandbox,
      capacity: flags.capacity,
      repositoryHooks: flags['repository-hooks'],
      consent: { yes: flags.yes, noInput: flags['no-input'] },
      signal: this.servingSignal,
      say: (text) => this.progress(text),
      onLog: (line) => this.progress(line, { shown: true }),
      onReady: (ready) => this.emit(ready, readyText),
      onSeen: (seen) => this.emit(seen, seenText),
    });
    return undefined;
  }
}
