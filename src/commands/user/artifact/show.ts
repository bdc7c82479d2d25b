import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../../cli/kit/base-command.ts';
import { artifactText } from '../../../cli/user/artifact-text.ts';
import { UserCommand, userFlags, warnIfStale } from '../../../cli/user/command.ts';
import { type ArtifactView, showArtifact } from '../../../services/user/artifacts.ts';

export default class UserArtifactShow extends UserCommand<typeof UserArtifactShow> {
  static override summary = 'Show where a published change is, who signed that, and whether you approved it.';
  static override examples = ['<%= config.bin %> user artifact show 7f3a9c21'];
  static override args = {
    artifact: Args.string({ description: 'session, artifact or approval id', required: true }),
  };
  static override flags = userFlags;

  execute(
    flags: FlagsOf<typeof UserArtifactShow>,
    args: ArgsOf<typeof UserArtifactShow>,
  ): Promise<ArtifactView> {
    return this.withUser(flags, (user) => {
      warnIfStale(user);
      return showArtifact(user, args.artifact);
    });
  }

  override render(value: ArtifactView): string {
    return artifactText(value);
  }
}
