import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../../cli/kit/base-command.ts';
import { artifactText } from '../../../cli/user/artifact-text.ts';
import { UserCommand, userFlags, warnIfStale } from '../../../cli/user/command.ts';
import { fileText } from '../../../cli/user/file-text.ts';
import { type ArtifactView, showArtifact } from '../../../services/user/artifacts.ts';
import { type GivenFileView, showFile } from '../../../services/user/files.ts';

export default class UserArtifactShow extends UserCommand<typeof UserArtifactShow> {
  static override summary =
    'Show where a published change is and whether you approved it, or a file that a node gave.';
  static override examples = ['<%= config.bin %> user artifact show 7f3a9c21'];
  static override args = {
    artifact: Args.string({ description: 'session, artifact, file or approval id', required: true }),
  };
  static override flags = userFlags;

  execute(
    flags: FlagsOf<typeof UserArtifactShow>,
    args: ArgsOf<typeof UserArtifactShow>,
  ): Promise<ArtifactView | GivenFileView> {
    return this.withUser(flags, async (user) => {
      warnIfStale(user);
      return showFile(user, args.artifact) ?? showArtifact(user, args.artifact);
    });
  }

  override render(value: ArtifactView | GivenFileView): string {
    return 'file' in value ? fileText(value) : artifactText(value);
  }
}
