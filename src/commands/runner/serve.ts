import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { stderrLog } from '../../cli/kit/logging.ts';
import { runnerServeFlags, wireRunners } from '../../cli/runner/serve-all.ts';
import { wireRunner } from '../../cli/wiring/runner-process.ts';
import { serveUntil, servingText } from '../../cli/wiring/serve-until.ts';

export default class RunnerServe extends BaseCommand<typeof RunnerServe> {
  static override summary = 'Run this runner in the foreground.';
  static override description =
    'With --all every runner of this home is served by one process, each for the federation that it joined: together they run at most so many turns at the same time, and their agents have the memory of this machine between them. Nothing else is shared.';
  static override examples = [
    '<%= config.bin %> runner serve',
    '<%= config.bin %> runner serve --runner build-1',
    '<%= config.bin %> runner serve --all --capacity 8',
  ];
  static override flags = runnerServeFlags;

  async execute(flags: FlagsOf<typeof RunnerServe>): Promise<undefined> {
    const signal = this.servingSignal;
    const log = stderrLog(flags);
    const options = {
      ...{ log, tell: log },
      passphraseFile: flags['passphrase-file'],
      input: !flags['no-input'],
    };
    const serving = flags.all
      ? await wireRunners(this.home, flags.capacity, options)
      : await wireRunner(this.home, flags.runner, options);
    await serveUntil(serving, signal, (lines) => this.emit({ serving: 'runner', lines }, servingText));
    return undefined;
  }
}
