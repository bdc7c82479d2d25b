import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { cancel } from '../../services/user/ask.ts';
import { pick } from '../../services/user/pick.ts';
import { sessionView } from '../../services/user/views.ts';

type Session = ReturnType<typeof sessionView>;

export default class UserCancel extends UserCommand<typeof UserCancel> {
  static override summary = 'Cancel a session that you started.';
  static override args = {
    session: Args.string({ description: 'session id; a unique prefix or suffix is enough', required: true }),
  };
  static override flags = {
    ...userFlags,
    reason: Flags.string({
      helpValue: 'TEXT',
      description: 'reason, shown with the session: at most 64 KiB',
      default: 'no longer needed',
      env: 'ENTANGLE_REASON',
    }),
  };

  execute(flags: FlagsOf<typeof UserCancel>, args: ArgsOf<typeof UserCancel>): Promise<Session> {
    return this.withUser(flags, async (user) => {
      const session = pick(user.home, 'sessions', args.session);
      await cancel(user, session, flags.reason);
      return sessionView(user.home, session);
    });
  }

  override render(value: Session): string {
    return `cancellation requested for ${value.id}`;
  }
}
