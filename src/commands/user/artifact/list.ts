import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../../cli/kit/base-command.ts';
import { UserCommand, userFlags, warnIfStale } from '../../../cli/user/command.ts';
import { shortId } from '../../../core/encoding/id.ts';
import { SOURCE_STATES } from '../../../core/vocabulary.ts';
import { type ListedArtifact, listArtifacts } from '../../../services/user/artifacts.ts';

type Listed = { items: ListedArtifact[] };

export default class UserArtifactList extends UserCommand<typeof UserArtifactList> {
  static override summary =
    'List the newest 200 changes that were made for you or put to you, and what became of them.';
  static override examples = ['<%= config.bin %> user artifact list --change failed'];
  static override flags = {
    ...userFlags,
    change: Flags.string({
      description: 'only those of which this came',
      env: 'ENTANGLE_CHANGE',
      options: [...SOURCE_STATES],
    }),
  };

  execute({ change, ...flags }: FlagsOf<typeof UserArtifactList>): Promise<Listed> {
    return this.withUser(flags, async (user) => {
      warnIfStale(user);
      return listArtifacts(user, SOURCE_STATES.find((state) => state === change) ?? null);
    });
  }

  override render({ items }: Listed): string {
    if (items.length === 0)
      return 'no changes: what a node made for you, or asks you to approve, is listed here';
    const rows = items.map(({ session, change, node, commit, branch, title }) => [
      ...[shortId(session), change, node, commit.slice(0, 12), branch, title],
    ]);
    return this.table(['session', 'change', 'node', 'commit', 'branch', 'task'], rows);
  }
}
