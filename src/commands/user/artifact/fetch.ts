import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../../cli/kit/base-command.ts';
import { newFile } from '../../../cli/kit/new-file.ts';
import { fetchedText } from '../../../cli/user/artifact-text.ts';
import { UserCommand, userFlags } from '../../../cli/user/command.ts';
import { type FetchedView, fetchArtifact } from '../../../services/user/fetching.ts';

export default class UserArtifactFetch extends UserCommand<typeof UserArtifactFetch> {
  static override summary = 'Fetch a published change into the git repository you are in, or into a file.';
  static override description =
    'Your own git gets the commit that its node signed, at most 1 GiB of what is not here, and it is compared with what you were asked to approve, before anything is kept. In the repository it is then entangle/SESSION, which nothing checks out or merges for you; the file is a git bundle of the commit. Nothing that is there is written over.';
  static override examples = [
    '<%= config.bin %> user artifact fetch 7f3a9c21',
    '<%= config.bin %> user artifact fetch 7f3a9c21 --output change.bundle',
  ];
  static override args = {
    artifact: Args.string({ description: 'session, artifact or approval id', required: true }),
  };
  static override flags = {
    ...userFlags,
    output: Flags.string({
      description: 'write a git bundle to this new file instead',
      env: 'ENTANGLE_OUTPUT',
      helpValue: 'FILE',
    }),
  };

  execute(
    { output, ...flags }: FlagsOf<typeof UserArtifactFetch>,
    { artifact }: ArgsOf<typeof UserArtifactFetch>,
  ): Promise<FetchedView> {
    return this.withUser(flags, async (user) =>
      fetchArtifact(user, user.git, artifact, await newFile(output)),
    );
  }

  override render = fetchedText;
}
