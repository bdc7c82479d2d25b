import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { promptHere } from '../../cli/kit/confirm.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { approvalArg, type Decided, requestChanges } from '../../cli/user/decide.ts';

export default class UserRequestChanges extends UserCommand<typeof UserRequestChanges> {
  static override summary = 'Ask for changes instead of approving: the agent goes on, and asks again.';
  static override description =
    'The node runs another turn in the same session, over what it made: its engine gets the task and your words as one text, which a shell runs from the beginning. Nothing is published meanwhile. What comes of it is asked for in a new approval. Each turn counts against the turns of the task.';
  static override examples = [
    '<%= config.bin %> user request-changes 5f3a9c21 -m "keep the old name as an alias"',
  ];
  static override args = { approval: approvalArg };
  static override flags = {
    ...userFlags,
    message: Flags.string({
      char: 'm',
      helpValue: 'TEXT',
      description:
        'what to change, for the agent and for who launched the task; asked for at a terminal: at most 64 KiB',
      env: 'ENTANGLE_MESSAGE',
    }),
  };

  execute(
    flags: FlagsOf<typeof UserRequestChanges>,
    args: ArgsOf<typeof UserRequestChanges>,
  ): Promise<Decided> {
    const prompt = promptHere(flags['no-input']);
    return this.withUser(flags, (user) => requestChanges(user, args.approval, flags.message, prompt));
  }

  override render({ approval }: Decided): string {
    return `changes of ${approval} asked for; what comes of them asks again: \`entangle user inbox\``;
  }
}
