import * as Args from '@oclif/core/args';
import { type Verified, verifiedText, verify, verifyFlags } from '../cli/evidence/verify.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';

export default class Verify extends BaseCommand<typeof Verify> {
  static override summary = 'Check that people approved a commit, from the repository alone.';
  static override description =
    'Computes the change again from the objects of the repository, and checks every signature, role, key and number of persons of what stands beside the commit. Needs no home, no Host and no network; of a range every commit is checked, merges too. Trusted is the Host that you name, else those of `.entangle/trust.yaml` in the base (of A..B that is A, of one commit the default branch of origin as it is fetched, or the commit before where it is merged), else those of your own homes. Exits 0 when all are verified, 8 when something is damaged or of another commit, 5 when one is not approved or not by enough, 6 when nothing stands beside one.';
  static override examples = [
    '<%= config.bin %> verify HEAD',
    '<%= config.bin %> verify origin/main..HEAD --authority npub1… --require quorum=2,exact',
  ];
  static override args = {
    commit: Args.string({ description: 'a commit, a tag, or a range A..B', required: true }),
  };
  static override flags = verifyFlags;

  execute(flags: FlagsOf<typeof Verify>, { commit }: ArgsOf<typeof Verify>): Promise<Verified> {
    return verify(commit, flags, { home: this.home, json: this.json });
  }

  override render(value: Verified): string {
    return verifiedText(value);
  }
}
