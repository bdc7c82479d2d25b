import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../../cli/kit/base-command.ts';
import { screenWidth } from '../../../cli/kit/render.ts';
import { askedPieces } from '../../../cli/user/approval-text.ts';
import { UserCommand, userFlags } from '../../../cli/user/command.ts';
import type { PublishView } from '../../../services/user/approval-view.ts';
import { diffOfSession } from '../../../services/user/artifacts.ts';

export default class UserArtifactDiff extends UserCommand<typeof UserArtifactDiff> {
  static override summary = 'Show the change of a session, as covered by its approval.';
  static override examples = ['<%= config.bin %> user artifact diff 7f3a9c21'];
  static override args = {
    artifact: Args.string({ description: 'session, artifact or approval id', required: true }),
  };
  static override flags = userFlags;

  execute(
    flags: FlagsOf<typeof UserArtifactDiff>,
    args: ArgsOf<typeof UserArtifactDiff>,
  ): Promise<PublishView> {
    return this.withUser(flags, (user) => diffOfSession(user, args.artifact, 10_000));
  }

  override render(value: PublishView): Iterable<string> {
    const screen = { width: screenWidth(process.stdout) };
    return askedPieces(value, (token, text) => this.paint(token, text), screen);
  }
}
