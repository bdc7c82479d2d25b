import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { askFlags, nextOf, taskArg } from '../../cli/user/ask-flags.ts';
import { attachedFiles } from '../../cli/user/attached-files.ts';
import { UserCommand } from '../../cli/user/command.ts';
import { givenText } from '../../cli/user/given-text.ts';
import { endText } from '../../cli/user/text.ts';
import { type Asked, askAndWait } from '../../services/user/wait.ts';

export default class UserAsk extends UserCommand<typeof UserAsk> {
  static override summary = 'Send a task to a node.';
  static override examples = [
    '<%= config.bin %> user ask builder "fix the failing test" --wait',
    '<%= config.bin %> user ask builder "build what the sketch shows" --attach sketch.png',
  ];
  static override args = {
    node: Args.string({ description: 'name of the node', required: true }),
    task: taskArg,
  };
  static override flags = askFlags;

  async execute(flags: FlagsOf<typeof UserAsk>, args: ArgsOf<typeof UserAsk>): Promise<Asked> {
    const task = await givenText('task', 'user ask', args.task, flags.file);
    const given = { task, files: await attachedFiles(flags.attach) };
    const tell = (text: string) => this.progress(text);
    const wait = flags.wait ? { timeoutMs: flags.timeout, signal: this.signal, tell } : null;
    const asked = await this.withUser(flags, (user) => askAndWait(user, args.node, given, wait));
    this.tellNext(nextOf(asked));
    return asked;
  }

  override render(value: Asked): string {
    return 'session' in value ? value.session : endText(value);
  }
}
