import * as Args from '@oclif/core/args';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';
import { loadConfig } from '../cli/kit/help.ts';
import { type ManPage, manPages } from '../cli/kit/man.ts';
import { EntangleError } from '../core/errors.ts';

const word = (description: string) => Args.string({ description });

export default class Man extends BaseCommand<typeof Man> {
  static override summary = 'Print a manual page.';
  static override description = 'Without a command it is the page that names all others.';
  static override examples = [
    { description: 'read one', command: '<%= config.bin %> man graph apply | man -l -' },
  ];
  static override args = {
    topic: word('topic, or a command without one'),
    verb: word('command of the topic'),
    subverb: word('command of its subtopic'),
    part: word('command below that'),
  };

  async execute(_flags: FlagsOf<typeof Man>, args: ArgsOf<typeof Man>): Promise<ManPage> {
    const words = [args.topic, args.verb, args.subverb, args.part].filter((one) => one !== undefined);
    const name = ['entangle', ...words].join('-');
    const page = manPages(await loadConfig(this.config.root)).find((one) => one.name === name);
    if (page) return page;
    throw new EntangleError('not_found', `there is no command "${words.join(' ')}"`, {
      hint: 'see `entangle --help`',
    });
  }

  override render({ text }: ManPage): string {
    if (process.stdout.isTTY) this.progress('to read it as a page: add `| man -l -`');
    return text.replace(/\n$/, '');
  }
}
