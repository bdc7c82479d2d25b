import * as Flags from '@oclif/core/flags';
import type { FlagsOf } from '../../../cli/kit/base-command.ts';
import { changeRows, NOTHING_MADE } from '../../../cli/user/artifact-text.ts';
import { UserCommand, userFlags, warnIfStale } from '../../../cli/user/command.ts';
import { fileLine } from '../../../cli/user/file-text.ts';
import { SOURCE_STATES } from '../../../core/vocabulary.ts';
import { type ListedArtifact, listArtifacts, MOST_MADE } from '../../../services/user/artifacts.ts';
import { type ListedFile, listFiles } from '../../../services/user/files.ts';

type Listed = { items: ListedArtifact[]; files: ListedFile[] };

export default class UserArtifactList extends UserCommand<typeof UserArtifactList> {
  static override summary =
    `List the newest changes and files that were made for you or put to you, ${MOST_MADE} of each.`;
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
      const of = SOURCE_STATES.find((state) => state === change) ?? null;
      return { ...listArtifacts(user, of), files: of === null ? listFiles(user, MOST_MADE) : [] };
    });
  }

  override render({ items, files }: Listed): string {
    const given = files.map(fileLine).join('\n');
    const changes = this.table(['session', 'change', 'node', 'commit', 'branch', 'task'], changeRows(items));
    return [items.length === 0 ? '' : changes, given].filter(Boolean).join('\n\n') || NOTHING_MADE;
  }
}
