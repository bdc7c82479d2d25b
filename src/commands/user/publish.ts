import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { oneLine } from '../../cli/kit/render.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { type PublishedAgain, publishOnceMore } from '../../services/user/publish-again.ts';

const WAIT_MS = 60_000;

export default class UserPublish extends UserCommand<typeof UserPublish> {
  static override summary =
    'Have a node push once more exactly the commit that its session failed to publish.';
  static override description =
    'For whoever asked for the work, and whoever was asked to approve it. It approves nothing: the approval that was given counts as long as it has not expired and its policy is the same, and nothing but that commit is pushed.';
  static override examples = ['<%= config.bin %> user publish 7f3a9c21'];
  static override args = {
    artifact: Args.string({ description: 'session, artifact or approval id', required: true }),
  };
  static override flags = userFlags;

  execute(
    flags: FlagsOf<typeof UserPublish>,
    { artifact }: ArgsOf<typeof UserPublish>,
  ): Promise<PublishedAgain> {
    return this.withUser(flags, (user) => publishOnceMore(user, artifact, WAIT_MS));
  }

  override render({ commit, branch, repository }: PublishedAgain): string {
    return `published ${commit} on ${oneLine(branch)} of ${oneLine(repository)}`;
  }
}
