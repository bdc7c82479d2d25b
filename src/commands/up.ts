import { BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';
import { EXIT } from '../core/errors.ts';
import { runUp } from '../local/up.ts';
import { screenArgs, showsScreen, upFlags } from '../local/up-flags.ts';
import { engineHelp, readyText, seenText } from '../local/up-text.ts';

export default class Up extends BaseCommand<typeof Up> {
  static override summary = 'Run a local federation for the current git repository.';
  static override description = engineHelp;
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --agent kimi --model NAME --key-file ./kimi.key',
    '<%= config.bin %> up --engine "my-agent --print"',
    '<%= config.bin %> up --no-watch',
  ];
  static override flags = upFlags;

  async execute(flags: FlagsOf<typeof Up>): Promise<undefined> {
    const end = await runUp({
      directory: process.cwd(),
      root: this.home.root,
      home: flags.home,
      engine: flags.engine,
      agent: flags,
      sandbox: flags.sandbox,
      capacity: flags.capacity,
      repositoryHooks: flags['repository-hooks'],
      consent: { yes: flags.yes, noInput: flags['no-input'] },
      screen: showsScreen(process, flags.watch, this.json || flags['no-input']),
      screenArgs: await screenArgs(flags),
      signal: this.servingSignal,
      say: (text) => this.progress(text),
      onLog: (line) => this.progress(line, { shown: true }),
      onReady: (ready) => this.emit(ready, readyText),
      onSeen: (seen) => this.emit(seen, seenText),
    });
    if (end?.isInterrupted) this.exitCode = EXIT.interrupted;
    return undefined;
  }
}
