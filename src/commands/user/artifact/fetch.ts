import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ArgsOf, FlagsOf } from '../../../cli/kit/base-command.ts';
import { newFile } from '../../../cli/kit/new-file.ts';
import { UserCommand, userFlags } from '../../../cli/user/command.ts';
import { anyFetchedText, fetchedTo } from '../../../cli/user/fetched.ts';
import type { FetchedView } from '../../../services/user/fetching.ts';
import type { FetchedFile } from '../../../services/user/files.ts';

export default class UserArtifactFetch extends UserCommand<typeof UserArtifactFetch> {
  static override summary = 'Fetch a change into the git repository here, or a file that a node gave.';
  static override description =
    'Your own git gets the commit that its node signed, at most 1 GiB of what is not here, and it is compared with what you were asked to approve, before anything is kept. In the repository it is then entangle/SESSION, which nothing checks out or merges for you; the file is a git bundle of the commit. What was rejected, superseded or could not be published comes from its node, if that was told to you, and is entangle/STATE/SESSION-COMMIT. A file that a node gave goes to the file that you name, and nowhere else. Nothing that is there is written over.';
  static override examples = [
    '<%= config.bin %> user artifact fetch 7f3a9c21',
    '<%= config.bin %> user artifact fetch 7f3a9c21 --output change.bundle',
  ];
  static override args = {
    artifact: Args.string({ description: 'session, artifact, file or approval id', required: true }),
  };
  static override flags = {
    ...userFlags,
    output: Flags.string({
      description: 'write a git bundle, or the file, to this new file instead',
      env: 'ENTANGLE_OUTPUT',
      helpValue: 'FILE',
    }),
  };

  execute(
    { output, ...flags }: FlagsOf<typeof UserArtifactFetch>,
    { artifact }: ArgsOf<typeof UserArtifactFetch>,
  ): Promise<FetchedView | FetchedFile> {
    return this.withUser(flags, async (user) => fetchedTo(user, artifact, await newFile(output)));
  }

  override render = anyFetchedText;
}
