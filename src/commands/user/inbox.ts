import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../cli/kit/base-command.ts';
import { lineCursor } from '../../cli/kit/flags.ts';
import { screenWidth } from '../../cli/kit/render.ts';
import { UserCommand, userFlags, warnIfStale } from '../../cli/user/command.ts';
import { inboxText } from '../../cli/user/text.ts';
import { inboxPage } from '../../services/user/live.ts';

type Inbox = Awaited<ReturnType<typeof inboxPage>> & { synced: boolean };

export default class UserInbox extends UserCommand<typeof UserInbox> {
  static override summary =
    'List approvals and questions waiting for you, your open sessions and what is in their way.';
  static override description =
    'What is in the way are a second Host under the same key, agents that wait for somebody who was not reached, and messages that you signed and nobody is known to have. In the JSON each item says in `what` which of these it is.';
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
      const page = await inboxPage(user, flags.all, { cursor: flags.cursor, waitMs: flags.sync });
      return { ...page, synced: user.synced };
    });
  }

  override render({ items, next, over }: Inbox): string {
    if (next !== null) this.progress(`more: entangle user inbox --cursor ${next}`);
    return inboxText(items, { now: Date.now(), width: screenWidth(process.stdout), over });
  }
}
