import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../cli/base-command.ts';
import { type Decided, reject } from '../../cli/decide.ts';
import { UserCommand, userFlags } from '../../cli/user-command.ts';

export default class UserReject extends UserCommand<typeof UserReject> {
  static override summary = 'Sign your rejection; the session ends.';
  static override args = {
    approval: Args.string({
      description: 'its id or its session’s, or the start or end of it',
      required: true,
    }),
  };
  static override flags = {
    ...userFlags,
    reason: Flags.string({ description: 'why, for the record', env: 'ENTANGLE_REASON' }),
  };

  execute(flags: FlagsOf<typeof UserReject>, args: ArgsOf<typeof UserReject>): Promise<Decided> {
    return this.withUser(flags, (user) => reject(user, args.approval, flags.reason));
  }

  override render(value: Decided): string {
    return `rejected ${value.approval}`;
  }
}
