import * as Args from '@oclif/core/args';
import { verifyFlags } from '../cli/evidence/verify.ts';
import { type VerifiedThing, verifiedThingText, verifyThing } from '../cli/evidence/verify-thing.ts';
import { type ArgsOf, BaseCommand, type FlagsOf } from '../cli/kit/base-command.ts';

export default class Verify extends BaseCommand<typeof Verify> {
  static override summary =
    'Check that people approved a commit, or a bundle of a Host’s record, without a Host.';
  static override description =
    'Computes the change again from the objects of the repository, and checks every signature, role, key and number of persons of what stands beside the commit. Needs no home, no Host and no network; of a range every commit is checked, merges too, unless --merges-ok is given: then one of two commits that has no evidence passes where each of them is verified or before the range, and its tree is what `git merge-tree` makes of them without a conflict, with no setting, driver or attribute of the repository. --policy names a YAML file with quorum, require and by (persons), of every commit or in rules for branches and paths: `{ quorum: 1, rules: [{ paths: ["src/**"], quorum: 2, require: [touch] }] }`; rules only add. Trusted is the Host that you name, else those of `.entangle/trust.yaml` in the base (of A..B that is A, of one commit the default branch of origin as it is fetched, or the commit before where it is merged), else those of your own homes. Exits 0 when all are verified, 8 when something is damaged or of another commit, 5 when one is not approved or not by enough, 6 when nothing stands beside one. With --bundle it checks what `host audit prove` wrote: signatures, and the way of each line to a head that the Host signed.';
  static override examples = [
    '<%= config.bin %> verify HEAD',
    '<%= config.bin %> verify origin/main..HEAD --authority npub1… --require quorum=2,exact',
    '<%= config.bin %> verify origin/main..HEAD --policy policy.yaml --merges-ok',
    '<%= config.bin %> verify --bundle record.json --authority npub1…',
  ];
  /** What goes with --bundle is so little that what is made of the flags reads as if the others excluded each other. */
  static override usage = [
    'verify COMMIT [--repo DIR] [--authority NPUB...] [--branch BRANCH] [--repository URL] [--require RULES] [--policy FILE] [--merges-ok]',
    'verify --bundle FILE [--authority NPUB...]',
  ];
  static override args = {
    commit: Args.string({ description: 'a commit, a tag, or a range A..B' }),
  };
  static override flags = verifyFlags;

  execute(flags: FlagsOf<typeof Verify>, { commit }: ArgsOf<typeof Verify>): Promise<VerifiedThing> {
    return verifyThing(commit, flags, { home: this.home, json: this.json });
  }

  override render(value: VerifiedThing): string {
    return verifiedThingText(value);
  }
}
