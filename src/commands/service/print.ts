import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../../cli/kit/base-command.ts';
import { wordArg } from '../../cli/kit/flags.ts';
import { directoryOf, servedFlags, serviceOf } from '../../cli/service/served.ts';
import { type Unit, unitOf } from '../../cli/service/unit.ts';
import { SERVICE_MANAGERS } from '../../core/command-words.ts';
import { HOME_KINDS } from '../../core/vocabulary.ts';

export default class ServicePrint extends BaseCommand<typeof ServicePrint> {
  static override summary = 'Print a unit that keeps a Host, a runner or a person’s node running.';
  static override examples = [
    {
      description: 'run this runner as a user service of systemd',
      command:
        '<%= config.bin %> service print systemd runner > ~/.config/systemd/user/entangle-runner.service',
    },
  ];
  static override args = {
    manager: wordArg(SERVICE_MANAGERS)({ description: 'service manager that reads it', required: true }),
    kind: wordArg(HOME_KINDS)({ description: 'what is to run', required: true }),
  };
  static override flags = servedFlags;

  async execute(flags: FlagsOf<typeof ServicePrint>, args: ArgsOf<typeof ServicePrint>): Promise<Unit> {
    const file = flags['passphrase-file'];
    const passphraseFile = file && resolve(file);
    const served = { ...flags, kind: args.kind, passphraseFile };
    const directory = directoryOf(this.home, served);
    if (!existsSync(directory))
      this.progress(`warning: nothing is set up in ${directory}; --home names another home`);
    return unitOf(args.manager, serviceOf(this.home, served));
  }

  override render({ text, file, next }: Unit): string {
    const place = `save it as ${basename(file)} in ${dirname(file)}, which may have to be made; then:`;
    for (const line of [place, ...next.map((one) => `  ${one}`)]) this.progress(line, { shown: true });
    return text.replace(/\n$/, '');
  }
}
