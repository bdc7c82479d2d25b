import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { waitTimeout } from '../../cli/kit/flags.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { givenText } from '../../cli/user/given-text.ts';
import { endText } from '../../cli/user/text.ts';
import { type Asked, askAndWait } from '../../services/user/wait.ts';

export default class UserAsk extends UserCommand<typeof UserAsk> {
  static override summary = 'Send a task to a node.';
  static override examples = ['<%= config.bin %> user ask builder "fix the failing test" --wait'];
  static override args = {
    node: Args.string({ description: 'name of the node', required: true }),
    task: Args.string({ description: 'what to do: at most 64 KiB' }),
  };
  static override flags = {
    ...userFlags,
    file: Flags.string({
      helpValue: 'FILE',
      description: 'read the task from a file, or - for stdin',
      env: 'ENTANGLE_ASK_FILE',
    }),
    wait: Flags.boolean({ description: 'wait until the session ends', env: 'ENTANGLE_ASK_WAIT' }),
    timeout: waitTimeout,
  };

  async execute(flags: FlagsOf<typeof UserAsk>, args: ArgsOf<typeof UserAsk>): Promise<Asked> {
    const task = await givenText('task', 'user ask', args.task, flags.file);
    const tell = (text: string) => this.progress(text);
    const wait = flags.wait ? { timeoutMs: flags.timeout, signal: this.signal, tell } : null;
    return this.withUser(flags, (user) => askAndWait(user, args.node, task, wait));
  }

  override render(value: Asked): string {
    return 'session' in value ? value.session : endText(value);
  }
}
