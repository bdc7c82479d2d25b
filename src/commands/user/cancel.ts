import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { cancel } from '../../services/user/ask.ts';
import { pick } from '../../services/user/pick.ts';
import { sessionView } from '../../services/user/views.ts';

export default class UserCancel extends UserCommand<typeof UserCancel> {
  static override summary = 'Cancel a session that you started.';
  static override description =
    'The node ends it; where nobody runs the node it ends at once, and no later runner is asked for it.';
  static override examples = ['<%= config.bin %> user cancel 7f3a9c21'];
  static override args = {
    session: Args.string({ description: 'session id; a unique prefix or suffix is enough', required: true }),
  };
  static override flags = {
    ...userFlags,
    reason: Flags.string({
      char: 'm',
      helpValue: 'TEXT',
      description: 'reason, shown with the session: at most 64 KiB',
      default: 'no longer needed',
      env: 'ENTANGLE_REASON',
    }),
  };

  execute(flags: FlagsOf<typeof UserCancel>, args: ArgsOf<typeof UserCancel>) {
    return this.withUser(flags, async (user) => {
      const session = pick(user.home, 'sessions', args.session);
      await cancel(user, session, flags.reason);
      return sessionView(user.home, pick(user.home, 'sessions', session.id));
    });
  }

  override render({ id, state, node }: ReturnType<typeof sessionView>): string {
    if (state !== 'cancelled') return `cancellation requested for ${id}`;
    return `cancelled ${id}: nobody runs ${node} now, and no later runner is asked for it`;
  }
}
