import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../../cli/kit/base-command.ts';
import { UserCommand, userFlags, warnIfStale } from '../../../cli/user/command.ts';
import { age } from '../../../core/encoding/age.ts';
import { shortId } from '../../../core/encoding/id.ts';
import { type GrantView, listGrants } from '../../../services/user/grants.ts';

export default class UserGrantsList extends UserCommand<typeof UserGrantsList> {
  static override summary = 'List your grants that are good: what they answer, and how often they did.';
  static override examples = ['<%= config.bin %> user grants list --all'];
  static override flags = {
    ...userFlags,
    all: Flags.boolean({ description: 'with those that are over', env: 'ENTANGLE_ALL' }),
  };

  execute(flags: FlagsOf<typeof UserGrantsList>): Promise<{ items: GrantView[] }> {
    return this.withUser(flags, async (user) => {
      warnIfStale(user);
      return listGrants(user, flags.all);
    });
  }

  override render({ items }: { items: GrantView[] }): string {
    if (items.length === 0)
      return 'no grants: `entangle user approve ID --grant` signs one, and --all lists those that are over';
    const rows = items.map(({ id, state, node, session, reach, used, uses, expires, title }) => [
      shortId(id),
      state,
      reach === 'node' ? node : `${node}, session ${shortId(session)}`,
      `${used} of ${uses}`,
      age(expires, Date.now()),
      title,
    ]);
    return this.table(['grant', 'state', 'reach', 'used', 'until', 'what'], rows);
  }
}
