import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { lineCursor } from '../../cli/kit/flags.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { UserCommand, userFlags, warnIfStale } from '../../cli/user/command.ts';
import { inboxText } from '../../cli/user/text.ts';
import { inbox } from '../../services/user/views.ts';

type Inbox = ReturnType<typeof inbox> & { synced: boolean };

export default class UserInbox extends UserCommand<typeof UserInbox> {
  static override summary = 'List approvals and questions waiting for you and your open sessions.';
  static override flags = {
    ...userFlags,
    all: Flags.boolean({
      description: 'include finished sessions, closed approvals and old questions',
      env: 'ENTANGLE_ALL',
    }),
    cursor: lineCursor,
  };

  execute(flags: FlagsOf<typeof UserInbox>): Promise<Inbox> {
    return this.withUser(flags, async (user) => {
      warnIfStale(user);
      return { ...inbox(user.home, flags.all, { cursor: flags.cursor }), synced: user.synced };
    });
  }

  override render({ items, next }: Inbox): string {
    if (next !== null) this.progress(`more: entangle user inbox --cursor ${next}`);
    return inboxText(items, { now: Date.now(), width: screenWidth(process.stdout) });
  }
}
