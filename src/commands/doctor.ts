import { type Diagnosis, diagnose } from '../cli/doctor/doctor.ts';
import { findingsText } from '../cli/doctor/finding.ts';
import { BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';
import { passphraseFile } from '../cli/kit/flags.ts';
import { counted } from '../cli/kit/render.ts';
import { EXIT } from '../core/errors.ts';

export default class Doctor extends BaseCommand<typeof Doctor> {
  static override summary = 'Check this machine and its homes, and say how to mend what is wrong.';
  static override description =
    'Tries git, the sandbox and the keyring as they are used, and of each home its settings, key, disk, process, trust and relays, and of a running Host its graph, runners and agents. Changes nothing. Exits 8 where there is a problem; warnings do not count.';
  static override examples = [
    '<%= config.bin %> doctor',
    {
      description: 'what is wrong, for a script',
      command: '<%= config.bin %> doctor --json | jq \'.findings[] | select(.state != "ok")\'',
    },
  ];
  static override flags = { 'passphrase-file': passphraseFile };

  async execute(flags: FlagsOf<typeof Doctor>): Promise<Diagnosis> {
    const options = { passphraseFile: flags['passphrase-file'], input: false };
    const diagnosis = await diagnose(this.config.root, this.home, options);
    if (diagnosis.problems > 0) this.exitCode = EXIT.invalid;
    return diagnosis;
  }

  override render({ findings, problems, warnings }: Diagnosis): string {
    const sum = `${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`;
    return `${findingsText(findings)}\n${sum}`;
  }
}
