import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../cli/base-command.ts';
import { table } from '../../cli/render.ts';
import { UserCommand, userFlags } from '../../cli/user-command.ts';
import { inbox } from '../../services/user/views.ts';

type Inbox = ReturnType<typeof inbox>;

export default class UserInbox extends UserCommand<typeof UserInbox> {
  static override summary = 'What waits for you, and what you have running.';
  static override flags = { ...userFlags, all: Flags.boolean({ description: 'also what is over' }) };

  execute(flags: FlagsOf<typeof UserInbox>): Promise<Inbox> {
    return this.withUser(flags, async (user) => inbox(user.home, flags.all));
  }

  override render({ approvals, sessions }: Inbox): string {
    const asked = approvals.map((one) => [
      one.id,
      one.node,
      one.state,
      `${one.files} files`,
      one.expires,
      one.title,
    ]);
    const running = sessions.map((one) => [one.id, one.node, one.state, one.since, one.title]);
    const parts = [
      asked.length > 0
        ? table(['approval', 'node', 'state', 'change', 'expires', 'task'], asked)
        : 'Nothing waits for your approval.',
      running.length > 0
        ? table(['session', 'node', 'state', 'since', 'task'], running)
        : 'No open sessions.',
    ];
    return parts.join('\n\n');
  }
}
