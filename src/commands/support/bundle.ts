import {
  bundleArg,
  type WrittenBundle,
  writeSupportBundle,
  writtenBundleText,
} from '../../cli/doctor/support-bundle.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { passphraseFile } from '../../cli/kit/flags.ts';

export default class SupportBundle extends BaseCommand<typeof SupportBundle> {
  static override summary = 'Write what somebody who helps needs to know of this machine into a file.';
  static override description =
    'What `doctor` finds, the settings of each home, whether its ledger is whole, and counts of its messages, sessions and refusals by reason, as JSON. No key, token or secret, no task or reason, no log is in it; paths, names and public keys are. Read it before you send it.';
  static override examples = ['<%= config.bin %> support bundle entangle-support.json'];
  static override args = { file: bundleArg };
  static override flags = { 'passphrase-file': passphraseFile };

  execute(flags: FlagsOf<typeof SupportBundle>, args: ArgsOf<typeof SupportBundle>): Promise<WrittenBundle> {
    const options = { passphraseFile: flags['passphrase-file'], input: false };
    const progress = (text: string): void => this.progress(text);
    return writeSupportBundle(this.config.root, this.home, args.file, { ...options, progress });
  }

  override render(value: WrittenBundle): string {
    return writtenBundleText(value);
  }
}
