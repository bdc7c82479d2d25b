import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { promptHere } from '../../cli/kit/confirm.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { approvalArg, type Decided, rejectApproval } from '../../cli/user/decide.ts';

export default class UserReject extends UserCommand<typeof UserReject> {
  static override summary =
    'Reject an approval: of a commit its session ends, of a command its agent goes on.';
  static override examples = ['<%= config.bin %> user reject 5f3a9c21 --reason "it removes a test"'];
  static override args = { approval: approvalArg };
  static override flags = {
    ...userFlags,
    reason: Flags.string({
      char: 'm',
      helpValue: 'TEXT',
      description:
        'reason, for who launched the task and those who follow it; asked for at a terminal: at most 64 KiB',
      env: 'ENTANGLE_REASON',
    }),
  };

  execute(flags: FlagsOf<typeof UserReject>, args: ArgsOf<typeof UserReject>): Promise<Decided> {
    const prompt = promptHere(flags['no-input']);
    return this.withUser(flags, (user) => rejectApproval(user, args.approval, flags.reason, prompt));
  }

  override render(value: Decided): string {
    return `rejected ${value.approval}`;
  }
}
