import { BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { passphraseFile, runnerName } from '../../cli/kit/flags.ts';
import { stderrLog } from '../../cli/kit/logging.ts';
import { wireRunner } from '../../cli/wiring/runner-process.ts';
import { serveUntil, servingText } from '../../cli/wiring/serve-until.ts';

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
    await serveUntil(serving, signal, (lines) => this.emit({ serving: 'runner', lines }, servingText));
    return undefined;
  }
}
