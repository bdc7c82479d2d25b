import { BaseCommand, type FlagsOf } from '../../cli/base-command.ts';
import { passphraseFile, runnerName } from '../../cli/flags.ts';
import { stderrLog } from '../../cli/logging.ts';
import { serveUntil } from '../../cli/serve.ts';
import { wireRunner } from '../../cli/wire.ts';

export default class RunnerServe extends BaseCommand<typeof RunnerServe> {
  static override summary = 'Run this runner in the foreground.';
  static override flags = { runner: runnerName, 'passphrase-file': passphraseFile };

  async execute(flags: FlagsOf<typeof RunnerServe>): Promise<undefined> {
    const signal = this.servingSignal;
    const options = {
      passphraseFile: flags['passphrase-file'],
      input: !flags['no-input'],
      log: stderrLog(flags.quiet),
    };
    const serving = await wireRunner(this.home, flags.runner, options);
    await serveUntil(serving, signal, (lines) =>
      this.emit({ serving: 'runner', lines }, () => lines.join('\n')),
    );
    return undefined;
  }
}
