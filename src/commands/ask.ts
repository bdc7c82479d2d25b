import type { ArgsOf, FlagsOf } from '../cli/kit/base-command.ts';
import { askFlags, nextOf, taskArg } from '../cli/user/ask-flags.ts';
import { attachedFiles } from '../cli/user/attached-files.ts';
import { UserCommand } from '../cli/user/command.ts';
import { givenText } from '../cli/user/given-text.ts';
import { endText } from '../cli/user/text.ts';
import { onlyAgent } from '../services/user/agents.ts';
import { type Asked, askAndWait } from '../services/user/wait.ts';

export default class Ask extends UserCommand<typeof Ask> {
  static override summary = 'Send a task to the only agent that takes tasks from you.';
  static override examples = ['<%= config.bin %> ask "fix the failing test" --wait'];
  static override args = { task: taskArg };
  static override flags = askFlags;

  async execute(flags: FlagsOf<typeof Ask>, args: ArgsOf<typeof Ask>): Promise<Asked> {
    const task = await givenText('task', 'ask', args.task, flags.file);
    const given = { task, files: await attachedFiles(flags.attach) };
    const tell = (text: string) => this.progress(text);
    const wait = flags.wait ? { timeoutMs: flags.timeout, signal: this.signal, tell } : null;
    const asked = await this.withUser(flags, async (user) =>
      askAndWait(user, await onlyAgent(user), given, wait),
    );
    this.tellNext(nextOf(asked));
    return asked;
  }

  override render(value: Asked): string {
    return 'session' in value ? value.session : endText(value);
  }
}
