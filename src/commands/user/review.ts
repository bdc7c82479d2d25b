import * as Args from '@oclif/core/args';
import type { ArgsOf, FlagsOf } from '../../cli/kit/base-command.ts';
import { UserCommand, userFlags } from '../../cli/user/command.ts';
import { subjectDigest } from '../../cli/user/decide.ts';
import { reviewFlags, reviewShown, reviewText } from '../../cli/user/review.ts';
import type { Reviewed } from '../../services/user/reviewing.ts';

export default class UserReview extends UserCommand<typeof UserReview> {
  static override summary = 'Say what you think of a change that an agent is working on.';
  static override description =
    'An agent asks for a review while its turn runs, and waits for it as long as the turn has time. It is told your words and goes on. A review lets nothing be published: what comes of the work is asked for as ever.';
  static override examples = [
    '<%= config.bin %> user review 5f3a9c21 --pass',
    '<%= config.bin %> user review 5f3a9c21 --changes -m "the test does not fail without the fix"',
  ];
  static override args = {
    review: Args.string({
      description: 'review or session id; a unique prefix or suffix is enough',
      required: true,
    }),
  };
  static override flags = { ...userFlags, ...reviewFlags, 'subject-digest': subjectDigest };

  execute(flags: FlagsOf<typeof UserReview>, args: ArgsOf<typeof UserReview>): Promise<Reviewed> {
    return this.withUser(flags, (user) =>
      reviewShown(user, args.review, {
        verdict: flags.changes ? 'changes' : 'pass',
        reason: flags.message,
        subjectDigest: flags['subject-digest'],
        noInput: flags['no-input'],
      }),
    );
  }

  override render = reviewText;
}
